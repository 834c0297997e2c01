/** What all answers with or about OData have. */
export const dataServiceHeaders = {
  'Cache-Control': 'no-cache',
  'X-Content-Type-Options': 'nosniff',
  DataServiceVersion: '3.0;',
} as const
