import { format, whole } from '../src/hub/page/format.ts';
import type { StallCauseView, StallEntry } from '../src/hub/page/wire.ts';
import { Name } from './name.tsx';
import { clockOf } from './range.tsx';
import { ScrollBox } from './scroll-box.tsx';
import { idOf } from './stalls-in-sight.tsx';

interface StallsProps {
  readonly causes: readonly StallCauseView[];
  /** The newest first. */
  readonly stalls: readonly StallEntry[];
}

/** The functions that held the service's event loops, and the last stalls. */
export function Stalls({ causes, stalls }: StallsProps) {
  if (causes.length === 0 && stalls.length === 0) return null;
  return (
    <section id="section-stalls" aria-labelledby="title-stalls">
      <h2 id="title-stalls">Stalls of the event loop</h2>
      {causes.length > 0 && <Causes causes={causes} />}
      {stalls.length > 0 && <LastStalls stalls={stalls} />}
    </section>
  );
}

function Causes({ causes }: Pick<StallsProps, 'causes'>) {
  return (
    <ScrollBox label="Functions, as a table">
      <table>
        <caption class="unseen">Functions that held the event loop, since the start of the service</caption>
        <thead>
          <tr>
            <th scope="col" class="key">
              Function
            </th>
            {['Time', 'Stalls'].map((title) => (
              <th scope="col" class="number" key={title}>
                {title}
              </th>
            ))}
            {['File', 'Thread'].map((title) => (
              <th scope="col" class="key" key={title}>
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
              <td class="number">{format(seconds, 's')}</td>
              <td class="number">{whole(count)}</td>
              <td class="key file">
                <Name text={file} />
              </td>
              <td class="key">{thread}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollBox>
  );
}

function LastStalls({ stalls }: Pick<StallsProps, 'stalls'>) {
  const isShared = new Set(stalls.map(({ pid }) => pid)).size > 1;
  return (
    <ScrollBox label="Last stalls, as a table">
      <table>
        <caption class="unseen">Last stalls</caption>
        <thead>
          <tr>
            <th scope="col" class="key">
              Time
            </th>
            <th scope="col" class="number">
              Lasted
            </th>
            {['Stack', 'Requests that waited', 'Thread'].map((title) => (
              <th scope="col" class="key" key={title}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {stalls.map((stall) => (
            <tr key={idOf(stall)} id={idOf(stall)}>
              <th scope="row" class="key">
                {clockOf(stall.time / 1000)}
              </th>
              <td class="number">
                {format(stall.seconds, 's')}
                {!stall.isOver && ' so far'}
              </td>
              <td class="stack">
                {stall.stack.map((frame, i) => (
                  <div key={i} class={i === 0 ? 'own' : undefined}>
                    <Name text={frame} />
                  </div>
                ))}
                {stall.detail !== '' && <small>{stall.detail}</small>}
              </td>
              <td class="waited">{stall.routes.length === 0 ? '–' : stall.routes.join(', ')}</td>
              <td class="key">{isShared ? `${stall.thread}, process ${stall.pid}` : stall.thread}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollBox>
  );
}
