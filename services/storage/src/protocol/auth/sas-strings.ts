/**
 * The strings that shared access signatures sign, by kind and version (REST reference, "Create
 * an account SAS", "Create a service SAS", "Create a user delegation SAS"). Fields are as decoded; absent = ''.
 */

/** Decoded query parameters by lower-case name. */
export type SasFields = (name: string) => string

const responseHeaders = ['rscc', 'rscd', 'rsce', 'rscl', 'rsct']

export function accountSasString(account: string, field: SasFields): string {
  const fields = [account, ...fieldsOf(field, ['sp', 'ss', 'srt', 'st', 'se', 'sip', 'spr', 'sv'])]
  if (field('sv') >= '2020-12-06') fields.push(field('ses'))
  return `${fields.join('\n')}\n`
}

/**
 * @param resource canonical name: `/blob/account/container/blob`
 * @param time the snapshot or version that is signed
 */
export function blobSasString(resource: string, time: string, field: SasFields): string {
  const version = field('sv')
  const fields = [...fieldsOf(field, ['sp', 'st', 'se']), resource, field('si')]
  if (version >= '2015-04-05') fields.push(field('sip'), field('spr'))
  fields.push(version)
  if (version >= '2018-11-09') fields.push(field('sr'), time)
  if (version >= '2020-12-06') fields.push(field('ses'))
  if (version >= '2013-08-15') fields.push(...fieldsOf(field, responseHeaders))
  return fields.join('\n')
}

export function queueSasString(resource: string, field: SasFields): string {
  const fields = [...fieldsOf(field, ['sp', 'st', 'se']), resource, field('si')]
  if (field('sv') >= '2015-04-05') fields.push(field('sip'), field('spr'))
  fields.push(field('sv'))
  return fields.join('\n')
}

export function tableSasString(resource: string, field: SasFields): string {
  return [queueSasString(resource, field), ...fieldsOf(field, ['spk', 'srk', 'epk', 'erk'])].join('\n')
}

const delegationKey = ['skoid', 'sktid', 'skt', 'ske', 'sks', 'skv']

/** What signed request headers and query parameters (`srh`, `srq`) contribute, each with its value as sent. */
export interface SignedParts {
  readonly headers: string
  readonly query: string
}

export function blobDelegationSasString(
  resource: string,
  time: string,
  field: SasFields,
  signedParts: SignedParts,
): string {
  const version = field('sv')
  const fields = [...fieldsOf(field, ['sp', 'st', 'se']), resource, ...fieldsOf(field, delegationKey)]
  if (version >= '2020-02-10') fields.push(...fieldsOf(field, ['saoid', 'suoid', 'scid']))
  if (version >= '2025-07-05') fields.push(...fieldsOf(field, ['skdutid', 'sduoid']))
  fields.push(...fieldsOf(field, ['sip', 'spr', 'sv', 'sr']), time)
  if (version >= '2020-12-06') fields.push(field('ses'))
  if (version >= '2026-04-06') fields.push(signedParts.headers, signedParts.query)
  fields.push(...fieldsOf(field, responseHeaders))
  return fields.join('\n')
}

export function queueDelegationSasString(resource: string, field: SasFields): string {
  return [
    ...fieldsOf(field, ['sp', 'st', 'se']),
    resource,
    ...fieldsOf(field, [...delegationKey, 'skdutid', 'sduoid', 'sip', 'spr', 'sv']),
  ].join('\n')
}

function fieldsOf(field: SasFields, names: readonly string[]): string[] {
  return names.map(field)
}
