/** The Functions host version whose behaviour this host has; apps and tools read it. */
export const hostVersion = '4.1052.200'
