/** A property of the registries of `pitot/prom-client`, in every copy of the package: they need no bridge. */
export const OWN_REGISTRY: unique symbol = Symbol.for('pitot.prom-client.registry');
