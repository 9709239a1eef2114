/** Code, which has no links, or the start of a link and its target: in Markdown, in a reference, or in HTML. */
const CODE_OR_LINK =
  /^```.*?^```$|`[^`\n]*`|(\]\(\s*<?)([^)\s>]+)|(^\[[^\]]+\]:\s+)(\S+)|(\b(?:href|src|srcset)=")([^"]+)/gms;

/** The page with `map(target)` in place of the target of each link and picture. */
export function mapLinks(markdown: string, map: (target: string) => string): string {
  return markdown.replace(CODE_OR_LINK, (whole, ...groups: (string | undefined)[]) => {
    for (const start of [0, 2, 4]) {
      const [opening, target] = groups.slice(start, start + 2);
      if (opening !== undefined && target !== undefined) return opening + map(target);
    }
    return whole;
  });
}

/** The targets of the links and pictures of a page, in their order. */
export function linksIn(markdown: string): string[] {
  const targets: string[] = [];
  mapLinks(markdown, (target) => {
    targets.push(target);
    return target;
  });
  return targets;
}

/** Whether a target is a URL, and not a path that is relative to its page. */
export function isUrl(target: string): boolean {
  return /^[a-z][a-z+.-]*:/i.test(target);
}

/** The anchors that GitHub makes of headings: the second of two equal headings ends in `-1`. */
export function anchorsIn(markdown: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of markdown.replace(/^```.*?^```$/gms, '').matchAll(/^#{1,6} +(.+)$/gm)) {
    const plain = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replaceAll('`', '');
    const slug = plain
      .trim()
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-');
    let anchor = slug;
    for (let i = 1; anchors.has(anchor); i++) anchor = `${slug}-${i}`;
    anchors.add(anchor);
  }
  for (const [, id = ''] of markdown.matchAll(/<a (?:id|name)="([^"]+)"/g)) anchors.add(id);
  return anchors;
}
