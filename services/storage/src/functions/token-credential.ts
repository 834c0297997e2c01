/**
 * Tokens of Microsoft Entra ID for connections without a secret of their own: an app registration's, or a managed
 * identity's. The rest of what `DefaultAzureCredential` knows (developer tools, certificates) is left out.
 */
import { type AppContext, UserError } from '@aloft/kernel'

/** As `@azure/core-auth` has it; the SDK's clients remember a token until it is about to expire. */
export interface TokenCredential {
  getToken(scopes: string | string[]): Promise<{ token: string; expiresOnTimestamp: number }>
}

interface TokenAnswer {
  readonly access_token?: unknown
  /** Seconds. */
  readonly expires_in?: unknown
  /** Seconds since 1970. */
  readonly expires_on?: unknown
  /** Of a refusal: Entra's words, or a managed identity's. */
  readonly error_description?: unknown
  readonly message?: unknown
}

/**
 * The credential that the connection and the app settings describe.
 * @param parts of the connection: `credential` (`managedidentity` = no other), `clientId`, `clientSecret`, `tenantId`,
 *   `managedIdentityResourceId`
 * @param target where the tokens are to be sent
 * @throws UserError when they describe none
 */
export function environmentCredential(
  app: AppContext,
  connection: string,
  parts: Readonly<Record<string, string>>,
  target: string,
): TokenCredential {
  const isManaged = parts.credential?.toLowerCase() === 'managedidentity'
  const clientId = parts.clientId ?? app.setting('AZURE_CLIENT_ID')
  const clientSecret = parts.clientSecret ?? app.setting('AZURE_CLIENT_SECRET')
  const tenantId = parts.tenantId ?? app.setting('AZURE_TENANT_ID')
  if (!isManaged && clientId && clientSecret && tenantId) {
    const authority = app.setting('AZURE_AUTHORITY_HOST') ?? 'https://login.microsoftonline.com'
    return credential(app, target, (scope) => {
      const body = new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: clientId,
        client_secret: clientSecret,
        scope,
      })
      const url = `${authority.replace(/\/$/, '')}/${encodeURIComponent(tenantId)}/oauth2/v2.0/token`
      return new Request(url, { method: 'POST', body })
    })
  }
  const endpoint = app.setting('IDENTITY_ENDPOINT')
  const header = app.setting('IDENTITY_HEADER')
  if (endpoint && header && URL.canParse(endpoint))
    return credential(app, target, (scope) => {
      const url = new URL(endpoint)
      url.searchParams.set('api-version', '2019-08-01')
      url.searchParams.set('resource', scope.replace(/\/\.default$/, ''))
      const { clientId: assigned, managedIdentityResourceId: resourceId } = parts
      if (assigned) url.searchParams.set('client_id', assigned)
      else if (resourceId) url.searchParams.set('mi_res_id', resourceId)
      return new Request(url, { headers: { 'X-IDENTITY-HEADER': header } })
    })
  throw new UserError(`The connection '${connection}' needs an identity, and the app settings have none.`, {
    hint: isManaged
      ? `There is one unless Aloft runs with --no-identity; else set ${connection} to a connection string.`
      : `Set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, or ${connection} to a connection string.`,
  })
}

function credential(
  { clock }: AppContext,
  target: string,
  request: (scope: string) => Request,
): TokenCredential {
  return {
    async getToken(scopes) {
      const response = await fetch(request([scopes].flat().join(' ')))
      const answer = (await response.json().catch(() => ({}))) as TokenAnswer
      if (!response.ok || typeof answer.access_token !== 'string') throw refusal(response, answer)
      if (isAzure(target) && isLocal(issuerOf(answer.access_token))) throw localToken(target)
      const expiresOn = Number(answer.expires_on ?? Number.NaN) * 1000
      const expiresIn = clock.now() + Number(answer.expires_in ?? 0) * 1000
      return {
        token: answer.access_token,
        expiresOnTimestamp: Number.isNaN(expiresOn) ? expiresIn : expiresOn,
      }
    },
  }
}

function refusal({ status, url }: Response, { error_description, message }: TokenAnswer): Error {
  const said = error_description ?? message
  const reason = typeof said === 'string' ? `: ${said}` : '.'
  return new Error(`No token was given (${status} from ${new URL(url).host})${reason}`)
}

function isAzure(url: string): boolean {
  return /\.core\.(?:windows\.net|usgovcloudapi\.net|chinacloudapi\.cn)$/.test(new URL(url).hostname)
}

function isLocal(url: string): boolean {
  return URL.canParse(url) && /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(new URL(url).hostname)
}

/** As the token says; '' when it says nothing that can be read. */
function issuerOf(token: string): string {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
    return String((claims as { readonly iss?: unknown } | null)?.iss)
  } catch {
    return ''
  }
}

/** Azure would only say that it does not know the issuer. */
function localToken(target: string): Error {
  return new Error(
    `The identity of this app is Aloft's own, whose tokens ${new URL(target).host} does not take. Set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET to those of an app registration, or the connection to a connection string.`,
  )
}
