import protobuf from 'protobufjs';

/** A field of a protobuf message: its number, how often it stands, and its type. */
type Field = `${number} ${'' | 'optional ' | 'repeated '}${string}`;

/** The fields of a message by name. A message has at most one field of a `oneof`. */
type Message = Readonly<Record<string, Field | Readonly<Record<string, Field>>>>;

/**
 * Makes protobufjs' types of messages that are described field by field, so that tests need no .proto files.
 * protobufjs skips fields that the description lacks.
 */
export function protobufTypes(messages: Readonly<Record<string, Message>>): protobuf.Root {
  return protobuf.Root.fromJSON({
    nested: Object.fromEntries(Object.entries(messages).map(([name, message]) => [name, typeOf(message)])),
  });
}

function typeOf(message: Message): protobuf.IType {
  const type: protobuf.IType = { fields: {}, oneofs: {} };
  for (const [name, entry] of Object.entries(message)) {
    if (typeof entry === 'string') {
      type.fields[name] = fieldOf(entry);
      continue;
    }
    for (const [member, field] of Object.entries(entry)) type.fields[member] = fieldOf(field);
    type.oneofs![name] = { oneof: Object.keys(entry) };
  }
  // protobufjs gives a field outside a `oneof` its default value where it is absent.
  for (const [name, entry] of Object.entries(message)) {
    if (typeof entry === 'string' && entry.includes(' optional '))
      type.oneofs![`_${name}`] = { oneof: [name] };
  }
  return type;
}

function fieldOf(field: Field): protobuf.IField {
  const [id, ...words] = field.split(' ');
  return {
    id: Number(id),
    type: words.at(-1) ?? '',
    ...(words[0] === 'repeated' && { rule: 'repeated' }),
  };
}
