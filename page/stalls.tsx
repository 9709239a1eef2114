import { format, whole } from '../src/hub/page/format.ts';
import type { StallCauseView } from '../src/hub/page/wire.ts';
import { Name } from './name.tsx';

/** The functions that held the service's event loops. */
export function Stalls({ causes }: { readonly causes: readonly StallCauseView[] }) {
  if (causes.length === 0) return null;
  return (
    <section id="section-stalls" aria-labelledby="title-stalls">
      <h2 id="title-stalls">Stalls of the event loop</h2>
      <div class="table-box">
        <table>
          <caption class="unseen">Functions that held the event loop, since the start of the service</caption>
          <thead>
            <tr>
              {['Function', 'File', 'Thread'].map((title) => (
                <th scope="col" class="key" key={title}>
                  {title}
                </th>
              ))}
              {['Stalls', 'Time'].map((title) => (
                <th scope="col" class="number" key={title}>
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {causes.map(({ function: name, file, thread, count, seconds }) => (
              <tr key={JSON.stringify([name, file, thread])}>
                <th scope="row" class="key main">
                  <Name text={name} />
                </th>
                <td class="key file">
                  <Name text={file} />
                </td>
                <td class="key">{thread}</td>
                <td class="number">{whole(count)}</td>
                <td class="number">{format(seconds, 's')}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
