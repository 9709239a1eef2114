/** Tells server/plugins/pitot.js which page a request leads to. */
export default defineNuxtPlugin(() => {
  const { context } = useRequestEvent();
  useRouter().afterEach(({ matched }) => {
    context.page = matched.at(-1)?.path.replaceAll('()', '');
  });
});
