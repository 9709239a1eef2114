import { BoundedValues } from '../../base/bounded-values.ts';

export interface RouteOptions {
  /** `http.route`: the path that is connected to, as a template such as `/orgs/:org/live`. */
  readonly route?: string | undefined;
}

/** The type of a message: the opcode of its data frames (RFC 6455, section 5.6). */
export type MessageType = 'text' | 'binary';

const routes = new BoundedValues('http.route', /^\/[^\s?#]{0,255}$/);

export function routeOf({ route }: RouteOptions): { readonly 'http.route'?: string } {
  return route === undefined ? {} : { 'http.route': routes.admit(route) };
}
