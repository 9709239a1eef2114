import { posix } from 'node:path';
import { isUrl, mapLinks } from './links.ts';

/** A repository on GitHub, at the tag of a release. */
export interface Origin {
  /** `owner/name` */
  readonly repository: string;
  readonly tag: string;
}

/** Fields of package.json that only work in the repository, or only guard it. */
const REPOSITORY_FIELDS = ['private', 'scripts', 'devDependencies', 'overrides', 'allowScripts'];

const PICTURE = /\.(?:png|svg|jpe?g|gif)$/;

/** `owner/name` of a git remote on GitHub. Throws on any other remote, because the release workflow runs there. */
export function repositoryOf(remote: string): string {
  const match =
    /^(?:git\+)?(?:https:\/\/(?:[^@/]+@)?|ssh:\/\/git@|git@)github\.com[/:]([\w.-]+\/[\w.-]+?)(?:\.git)?\/?$/.exec(
      remote,
    );
  if (match?.[1] === undefined)
    throw new Error(`the git remote is ${remote}, but must be a repository on GitHub`);
  return match[1];
}

/** package.json as published: it names the origin of the package, and leaves out fields for the repository. */
export function publishedManifest(manifest: object, { repository }: Origin): Record<string, unknown> {
  const url = `https://github.com/${repository}`;
  return {
    ...Object.fromEntries(Object.entries(manifest).filter(([name]) => !REPOSITORY_FIELDS.includes(name))),
    // For the provenance, npm compares this with the repository of the release workflow.
    repository: { type: 'git', url: `git+${url}.git` },
    homepage: `${url}#readme`,
    bugs: { url: `${url}/issues` },
  };
}

/**
 * A Markdown page as it is published. A relative link stays where the tarball has its target; the others become
 * links to the repository at the tag. In the README all do, because a registry shows it by itself.
 *
 * @param page - Path of the page in the package, with `/`.
 * @param shipped - Paths of all files in the package, with `/`.
 * @param isDirectory - Returns whether a path in the repository is a directory.
 */
export function publishedPage(
  page: string,
  markdown: string,
  { repository, tag }: Origin,
  shipped: readonly string[],
  isDirectory: (path: string) => boolean,
): string {
  return mapLinks(markdown, (target) => {
    if (isUrl(target) || target.startsWith('#')) return target;
    const [relative = '', anchor] = target.split('#');
    const path = posix.join(posix.dirname(page), relative).replace(/\/$/, '');
    const isShipped = shipped.some((file) => file === path || file.startsWith(`${path}/`));
    if (isShipped && page !== 'README.md') return target;
    const fragment = anchor === undefined ? '' : `#${anchor}`;
    if (PICTURE.test(path)) return `https://raw.githubusercontent.com/${repository}/${tag}/${path}`;
    return `https://github.com/${repository}/${isDirectory(path) ? 'tree' : 'blob'}/${tag}/${path}${fragment}`;
  });
}
