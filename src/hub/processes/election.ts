import { diag } from '../../base/diag.ts';
import { pause } from '../../base/waits.ts';
import { Discovery, type DiscoveryOptions } from '../../channel/discovery/discovery.ts';

/** How long a candidate waits for later ones to stand back. */
const MAX_ROUNDS = 20;
const ROUND_MS = 10;

/**
 * Decides which process leads where no port does. Each candidate first listens on a socket of its own, and then looks
 * for the sockets of others: of two candidates at least one sees the other, so two are never elected. The one with the
 * lowest process id stays. The socket of the elected process remains; the kernel refuses connections to it once the
 * process has ended.
 */
export class Election {
  private readonly candidates: Discovery;

  constructor(options: DiscoveryOptions) {
    this.candidates = new Discovery({ ...options, purpose: 'candidates' });
  }

  /** Whether this process leads from now on. A process that finds no directory to meet others in leads alone. */
  async isWon(): Promise<boolean> {
    const { candidates } = this;
    if ((await candidates.others()).length > 0) return false;
    const listening = await candidates.listen((socket) => socket.destroy());
    if (listening === undefined) return this.mayLeadAlone();
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const others = await candidates.others();
      if (others.length === 0) return true;
      if (others.some((pid) => pid < process.pid)) break;
      await pause(ROUND_MS);
    }
    candidates.close();
    return false;
  }

  private mayLeadAlone(): boolean {
    // On Windows the name of the pipe is taken.
    if (process.platform === 'win32' || this.candidates.directories.length > 0) return false;
    diag.info(
      'OTEL_EXPORTER_PROMETHEUS_PORT is none, and processes of this service can meet in no directory ' +
        `(${this.candidates.faults.join('; ')}): each serves its own numbers. Set XDG_RUNTIME_DIR to a writable directory.`,
    );
    return true;
  }

  /** Listens again where a cleaner of temporary directories has removed the socket. */
  async maintain(): Promise<void> {
    await this.candidates.maintain();
  }
}
