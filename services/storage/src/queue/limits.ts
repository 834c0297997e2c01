/** Documented numbers of Queue Storage (REST reference: Put Message, Get Messages, Update Message, List Queues). */

/** Of a message's text, in UTF-8 as it is sent. */
export const maxTextBytes = 65_536
/** Room for the markup around a text of which every character is escaped (`&amp;`). */
export const maxBodyBytes = maxTextBytes * 6 + 1024

export const maxMessagesPerGet = 32
export const maxVisibilitySeconds = 604_800
export const defaultVisibilitySeconds = 30
export const defaultTtlSeconds = 604_800

export const maxQueuesPerPage = 5000

/** 9999-12-31T23:59:59Z: the expiration time of messages that do not expire. */
export const never = 253_402_300_799_000
