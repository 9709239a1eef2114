export default {
  serverExternalPackages: ['pitot'],
  output: 'standalone',
  outputFileTracingRoot: import.meta.dirname,
  outputFileTracingIncludes: { '/*': ['./node_modules/pitot/**/*'] },
};
