/** The options of every command that runs apps, about the storage beside them. */
export const storageOptions = {
  'storage-ports': {
    kind: 'list',
    value: 'BLOB,QUEUE,TABLE',
    summary: 'Ports of Storage (default: 10000,10001,10002 if free)',
  },
  'storage-website-port': {
    kind: 'integer',
    value: 'PORT',
    summary: 'One more port, for the static website of devstoreaccount1',
  },
  'storage-oauth': {
    kind: 'text',
    value: 'LEVEL',
    choices: ['basic'],
    summary: 'Tokens that Storage takes; basic = those that Azurite takes',
  },
  'storage-versioning': { kind: 'flag', summary: 'Keep what is overwritten or deleted as versions of blobs' },
  'storage-container-retention': {
    kind: 'integer',
    value: 'DAYS',
    summary: 'How long deleted containers can be brought back (default: not at all)',
  },
  'storage-change-feed': { kind: 'flag', summary: 'Write the changes of blobs to $blobchangefeed' },
  'no-storage': { kind: 'flag', summary: 'Run without Storage of its own' },
} as const
