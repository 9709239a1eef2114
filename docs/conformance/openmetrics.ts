import { missing, proven, type Row, type Section } from './row.ts';

/*
 * What the specification demands (MUST) of those who expose metrics in text. test/hub/expose/helpers/strict-openmetrics.ts
 * is a parser that refuses what it forbids.
 */

const LETTER: readonly [string, string] = [
  'hub/expose/openmetrics.test.ts',
  'a scrape of every kind of metric, to the letter',
];
const STRICT: readonly [string, string] = [
  'hub/expose/openmetrics-properties.test.ts',
  'property: parsing returns the encoded families, for any names, labels, helps and values',
];

function strict(feature: string): Row {
  return proven(feature, ...STRICT);
}

function byLetter(feature: string): Row {
  return proven(feature, ...LETTER);
}

function inFile(feature: string, file: string, title: string): Row {
  return proven(feature, `hub/expose/${file}.test.ts`, title);
}

export const OPENMETRICS: Section = {
  title: 'OpenMetrics 1.0, text format',
  rows: [
    inFile(
      'Metrics are exposed in response to a simple HTTP GET request, in a version that is negotiated.',
      'formats',
      'every client gets the format that it asks for',
    ),
    inFile(
      'The content type has the version and `charset=utf-8`.',
      'formats',
      'every client gets the format that it asks for',
    ),
    strict('Line endings are line feeds, and the exposition ends with `# EOF`.'),
    strict(
      'Metric and label names follow the ABNF. Names outside it are quoted, for scrapers that ask for that.',
    ),
    strict(
      'Label names are unique within a set of labels, and every metric within a family has a unique set.',
    ),
    strict('Strings are escaped as the ABNF says.'),
    byLetter('NaN and infinities are supported, and infinity is `+Inf`.'),
    strict('Names of families are unique, and no sample of one family can be taken for that of another.'),
    strict('Families, metrics and points are not interleaved.'),
    strict('There is at most one line of each kind of metadata: TYPE, UNIT and HELP, before the samples.'),
    inFile(
      'A unit is a suffix of the name, after an underscore.',
      'openmetrics',
      'a unit is left out if the name does not end with it',
    ),
    byLetter('Samples of gauges have no suffix.'),
    inFile(
      'Samples of counters end in `_total`; a total is not NaN and does not fall.',
      'openmetrics',
      'a counter with a value that no counter can have is of unknown type',
    ),
    inFile(
      '`_created` is the time when a series began.',
      'openmetrics-properties',
      'counters and histograms have their start time',
    ),
    strict('Samples of an info end in `_info` and are 1.'),
    byLetter('A histogram has buckets for `+Inf` and below; they are cumulative and sorted by `le`.'),
    inFile(
      'The values of `le` are canonical numbers.',
      'openmetrics',
      'the bounds that OpenMetrics lists have its spelling',
    ),
    inFile(
      'A histogram with negative values has no sum, and `_count` is there if and only if `_sum` is.',
      'openmetrics',
      'a histogram whose sum may fall has no sum, and so no count',
    ),
    inFile(
      "A histogram's own labels have no `le`.",
      'translate',
      "an attribute le does not get in the way of a histogram's own",
    ),
    inFile(
      'The exemplar of a bucket is within the bucket, and there is at most one.',
      'openmetrics-properties',
      'exemplars stay the same, at their counter or at the bucket that contains their value',
    ),
    inFile(
      'The labels of an exemplar have at most 128 characters.',
      'openmetrics',
      'attributes of an exemplar that its series does not have are labels, unless there are too many',
    ),
    strict('Samples of unknown type have no suffix.'),
    inFile(
      'Concurrent expositions are supported.',
      'scrape',
      'a large body arrives whole, to several clients at once',
    ),
    inFile(
      'Attributes of the target are not labels of all metrics, but an info `target`.',
      'openmetrics',
      'target_info is a gauge if there is a metric "target"',
    ),
    inFile(
      'A reader written by others accepts hostile names, labels, help texts and values.',
      'openmetrics-reference',
      'the reference parser reads hostile names, labels, helps and values without complaint',
    ),
    missing('State sets, gauge histograms and summaries', 'No instrument of OpenTelemetry records them.'),
    missing(
      'The protobuf format of OpenMetrics',
      'No scraper asks for it. pitot has the protobuf format of Prometheus.',
    ),
  ],
};

const LETTER_2 = 'a scrape of every kind of metric in OpenMetrics 2.0, to the letter';

function inFile2(feature: string, title: string): Row {
  return inFile(feature, 'openmetrics2', title);
}

function byLetter2(feature: string): Row {
  return inFile2(feature, LETTER_2);
}

/** test/hub/expose/helpers/strict-openmetrics2.ts is a parser that refuses what it forbids. */
function strict2(feature: string): Row {
  return inFile2(
    feature,
    'property: parsing OpenMetrics 2.0 returns the encoded families, for any names, labels, helps and values',
  );
}

export const OPENMETRICS_2: Section = {
  title: 'OpenMetrics 2.0.0-rc0',
  rows: [
    inFile(
      'The oldest version is sent unless a newer one is requested.',
      'negotiation',
      'pitot sends OpenMetrics 2.0 only to a client that names its version',
    ),
    inFile(
      'The content type is `application/openmetrics-text; version=2.0.0; charset=utf-8`.',
      'negotiation',
      'pitot sends OpenMetrics 2.0 only to a client that names its version',
    ),
    strict2('The exposition follows the ABNF, and ends with `# EOF`.'),
    strict2('A family has the name of its samples, which is unique.'),
    strict2('Strings are escaped as the ABNF says. NULL is allowed.'),
    strict2('Label names are unique within a set of labels, and the sets of a family differ.'),
    inFile2(
      'Names outside the ABNF of `metricname` and `label-name` are in quotes.',
      'names in UTF-8 are quoted inside the braces, in OpenMetrics 2.0 as well',
    ),
    byLetter2('There is one line of each kind of metadata: TYPE, UNIT and HELP, in this order.'),
    inFile2(
      'A counter is neither NaN nor below 0. It needs no suffix.',
      'a counter keeps its type without the suffix, and loses it with a value that no counter can have',
    ),
    byLetter2('Counters and histograms have their start time behind `st@`, before exemplars.'),
    byLetter2('An info ends in `_info`, has no unit, and is 1.'),
    byLetter2('A histogram is one composite value: `count`, `sum` and all classic buckets up to `+Inf`.'),
    inFile2('A histogram has a sum.', 'a histogram without a sum has NaN, because the format requires a sum'),
    inFile2(
      'Native buckets stand before classic ones, with a schema from -4 to 8, and their counts are absolute.',
      'an exponential histogram has native buckets, and classic buckets behind them unless the setting is off',
    ),
    strict2('The counts of native buckets and of the zero bucket make the total.'),
    inFile(
      "A histogram's own labels have no `le`.",
      'translate',
      "an attribute le does not get in the way of a histogram's own",
    ),
    inFile2(
      'Exemplars have a timestamp, and a histogram one for each classic bucket at most.',
      'property: exemplars stay the same, one for each bucket at most',
    ),
    proven(
      'A reader written by others stores what it stores of protobuf.',
      'stack/prometheus-protocols.test.ts',
      'Prometheus reads OpenMetrics 2.0 as it reads protobuf, native histograms and start times among it',
    ),
    missing('State sets, gauge histograms and summaries', 'No instrument of OpenTelemetry records them.'),
  ],
};
