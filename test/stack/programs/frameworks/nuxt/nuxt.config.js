export default defineNuxtConfig({ telemetry: false, compatibilityDate: '2025-11-01' });
