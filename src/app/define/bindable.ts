import type { Attributes, AttributeValue, Context } from '@opentelemetry/api';
import type { BoundAdder, BoundRecorder } from '../record/api.ts';

/** A counter or up-down counter of any SDK. */
interface Adder {
  add(value: number, attributes?: Attributes, context?: Context): void;
}

/** A histogram or gauge of any SDK. */
interface Recorder {
  record(value: number, attributes?: Attributes, context?: Context): void;
}

/** Additional abilities of pitot's instruments. Another SDK keeps its series and has limits of its own. */
interface Limited {
  remove(attributes?: Attributes): void;
  reserve(attribute: string, values: Iterable<AttributeValue>): void;
}

interface BindableAdder extends Adder, Limited {
  bind(attributes?: Attributes): BoundAdder;
}

interface BindableRecorder extends Recorder, Limited {
  bind(attributes?: Attributes): BoundRecorder;
}

/** The instrument itself if it is pitot's. Otherwise a wrapper whose bound form holds the attributes. */
export function bindableAdder(instrument: Adder): BindableAdder {
  if (isBindable<BindableAdder>(instrument)) return instrument;
  return {
    add: (value, attributes, context) => instrument.add(value, attributes, context),
    remove: nothing,
    reserve: nothing,
    bind(attributes) {
      const held = { ...attributes };
      return { add: (value, context) => instrument.add(value, held, context), remove: nothing };
    },
  };
}

/** The same as {@link bindableAdder}. */
export function bindableRecorder(instrument: Recorder): BindableRecorder {
  if (isBindable<BindableRecorder>(instrument)) return instrument;
  return {
    record: (value, attributes, context) => instrument.record(value, attributes, context),
    remove: nothing,
    reserve: nothing,
    bind(attributes) {
      const held = { ...attributes };
      return { record: (value, context) => instrument.record(value, held, context), remove: nothing };
    },
  };
}

function nothing(): void {}

function isBindable<Bindable extends object>(instrument: object): instrument is Bindable {
  return 'bind' in instrument && typeof instrument.bind === 'function';
}
