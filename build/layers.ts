import type { IConfiguration } from 'dependency-cruiser';

/**
 * The layers of `src`, from the bottom up: a file imports from its own layer and from those below it, types included.
 * docs/architecture.md says what each layer is. `app` and `hub` stand side by side and do not see each other.
 */
const LAYERS: readonly (readonly string[])[] = [
  ['base'],
  ['model'],
  ['naming', 'encoding'],
  ['config'],
  ['contract'],
  ['channel'],
  ['app', 'hub'],
  ['reference'],
  ['cli'],
];

/** A folder may import from itself and from the layers below it. */
const layerRules = LAYERS.flatMap((folders, height) =>
  folders.map((folder) => {
    const allowed = [...LAYERS.slice(0, height).flat(), folder];
    return {
      name: `layer-${folder}`,
      comment: `src/${folder} imports only from ${allowed.map((name) => `src/${name}`).join(', ')}.`,
      severity: 'error' as const,
      from: { path: `^src/${folder}/` },
      to: { path: '^src/', pathNot: `^src/(${allowed.join('|')})/` },
    };
  }),
);

export default {
  forbidden: [
    {
      name: 'no-circular-files',
      comment: 'Two files that need each other are one idea, or need a third that holds what both use.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-circular-folders',
      comment: 'Arrows between folders point one way.',
      severity: 'error',
      scope: 'folder',
      from: {},
      to: { circular: true },
    },
    {
      name: 'known-layers',
      comment: 'A new folder of src has to take its place among the layers above.',
      severity: 'error',
      from: { path: '^src/[^/]+/', pathNot: `^src/(${LAYERS.flat().join('|')})/` },
      to: {},
    },
    {
      name: 'resolvable',
      comment: 'An import that leads nowhere would escape the other rules.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'page-on-top',
      comment: 'The page imports types and tables of src, and nothing imports the page.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^page/' },
    },
    ...layerRules,
  ],
  options: {
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    includeOnly: '^(src|page)/',
    enhancedResolveOptions: { extensions: ['.ts', '.tsx', '.js'] },
  },
} satisfies IConfiguration;
