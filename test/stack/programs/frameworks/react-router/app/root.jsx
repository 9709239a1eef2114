import { setRoute } from 'pitot';
import { Outlet } from 'react-router';
import { incoming } from './context.js';
export const middleware = [
  ({ context, pattern }, next) => {
    setRoute(context.get(incoming), `/${pattern.replace(/^\//, '')}`);
    return next();
  },
];
export default function Root() {
  return (
    <html lang="en">
      <body>
        <Outlet />
      </body>
    </html>
  );
}
