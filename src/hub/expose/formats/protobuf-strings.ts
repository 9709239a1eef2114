import type { HrTime } from '@opentelemetry/api';
import { floatField, integerField, messageField, textField } from '../../../encoding/protobuf-wire.ts';
import type { Labels } from '../labels.ts';
import type { SampleExemplar } from '../sample-exemplar.ts';
import { EXEMPLAR, LABEL, METRIC, TIMESTAMP } from './protobuf-fields.ts';

/** Parts of metrics as byte strings. */

/** The series' labels within its metric, computed once. */
export function labelFields(labels: Labels): string {
  labels.protobuf ??= labels
    .pairs()
    .map(([name, value]) => labelField(METRIC.label, name, value))
    .join('');
  return labels.protobuf;
}

export function exemplarMessage({ labels, value, time }: SampleExemplar): string {
  return (
    labels.map(([name, text]) => labelField(EXEMPLAR.label, name, text)).join('') +
    floatField(EXEMPLAR.value, value) +
    messageField(EXEMPLAR.timestamp, timestampMessage(time))
  );
}

export function timestampMessage([seconds, nanoseconds]: HrTime): string {
  return integerField(TIMESTAMP.seconds, seconds) + integerField(TIMESTAMP.nanos, nanoseconds);
}

function labelField(field: number, name: string, value: string): string {
  return messageField(field, textField(LABEL.name, name) + textField(LABEL.value, value));
}
