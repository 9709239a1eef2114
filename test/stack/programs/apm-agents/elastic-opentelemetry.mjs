import '@elastic/opentelemetry-node';

globalThis.tracedRequests = async () => {
  // Spans are exported after OTEL_BSP_SCHEDULE_DELAY.
  await new Promise((resolve) => setTimeout(resolve, 500));
  return Number(await (await fetch(`${process.env.COLLECTOR}/traced`)).text());
};
