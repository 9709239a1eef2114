export async function register() {
  if (process.env.NEXT_RUNTIME !== 'nodejs') return;
  const { boot } = await import('pitot');
  boot({ serviceName: 'shop' });
}
