import { useEffect, useState } from 'preact/hooks';

/** The response of `/page/profiles`. */
interface Profiles {
  readonly isAvailable: boolean;
  /** The process that is profiled. */
  readonly pid: number;
}

const CHOICES = [
  { kind: 'profile', title: 'CPU', seconds: 10 },
  { kind: 'profile', title: 'CPU', seconds: 30 },
  { kind: 'heap', title: 'Memory', seconds: 10 },
] as const;

type Choice = (typeof CHOICES)[number];

/** Takes a profile of the serving process and saves it, where profiles are served (`PITOT_PPROF`). */
export function Profile({ service }: { readonly service: string }) {
  const [profiles, setProfiles] = useState<Profiles | undefined>();
  const [taking, setTaking] = useState<Choice | undefined>();
  const [problem, setProblem] = useState('');
  useEffect(() => {
    fetch('page/profiles')
      .then(async (response) => response.ok && setProfiles(await response.json()))
      // Without an answer there is no button.
      .catch(() => {});
  }, []);
  if (profiles?.isAvailable !== true) return null;
  const take = async (choice: Choice) => {
    setTaking(choice);
    setProblem('');
    try {
      await save(choice, service);
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
    setTaking(undefined);
  };
  return (
    <details class="profile">
      <summary>{taking === undefined ? 'Profile' : `Profiling for ${taking.seconds} s`}</summary>
      <div class="choices">
        <p>Of the main thread of process {profiles.pid}, for go tool pprof</p>
        {CHOICES.map((choice) => (
          <button
            key={`${choice.title} ${choice.seconds}`}
            type="button"
            disabled={taking !== undefined}
            onClick={() => void take(choice)}
          >
            {choice.title}, {choice.seconds} s
          </button>
        ))}
        <p role="status">{problem}</p>
      </div>
    </details>
  );
}

async function save({ kind, seconds }: Choice, service: string): Promise<void> {
  const response = await fetch(`debug/pprof/${kind}?seconds=${seconds}`);
  if (!response.ok) throw new Error((await response.text()).trim());
  const address = URL.createObjectURL(await response.blob());
  const link = document.createElement('a');
  link.href = address;
  link.download = `${service}-${kind}-${new Date().toISOString().slice(0, 19).replaceAll(':', '')}.pb.gz`;
  link.click();
  URL.revokeObjectURL(address);
}
