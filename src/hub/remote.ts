import {Fault} from '../base/fault.ts'
import type {Remote} from '../download/remote.ts'
import type {HttpResponse} from '../download/transport.ts'
import type {HubSettings} from './settings.ts'

/** The hub as a server of a repository's files. */
export function hubRemote(settings: HubSettings, repository: string): Remote {
  const {endpoint, token, unusedProxy, pauseMs, idleMs} = settings
  return {
    name: 'the hub',
    home: endpoint,
    authorization: token && `Bearer ${token}`,
    pauseMs,
    idleMs,
    refusal: response => refusal(response, `${endpoint}/${repository}`, settings),
    advice: {
      offline:
        (unusedProxy ? `Node uses ${unusedProxy} only with NODE_USE_ENV_PROXY=1, from version 24.5 on; ` : '') +
        'without a network, set HF_HUB_OFFLINE=1 to use the cache, set HF_ENDPOINT to a mirror, or name local folders and files in the recipe',
      instead: 'another HF_ENDPOINT',
    },
  }
}

/** The hub's response for a branch that was deleted: a commit in the cache no longer stands for it. */
export const NO_REVISION = 'the repository has no such revision: a branch or a commit'

/** The fault of a refusal of the hub, with advice; `page` is the repository's address. */
function refusal({url, status, headers}: HttpResponse, page: string, {endpoint, token}: HubSettings): Fault {
  if (url.origin !== new URL(endpoint).origin) {
    return new Fault('input', `${url.host}, where the hub redirects, responds with ${status}`)
  }
  const code = String(headers['x-error-code'] ?? '')
  if (code === 'RevisionNotFound') return new Fault('input', NO_REVISION)
  if (code === 'EntryNotFound') return new Fault('input', 'the repository has no such file at this revision')
  if (code === 'GatedRepo') return new Fault('input', gated(page, endpoint, token))
  const message = String(headers['x-error-message'] ?? '')
  if (status === 401 && token && /^invalid credentials/i.test(message))
    return new Fault('input', refusedToken(endpoint))
  if (/ is disabled\.?$/.test(message)) return new Fault('input', `the hub has disabled access to ${page} (${status})`)
  if (status === 401 || status === 403 || status === 404) {
    const problem = 'no such repository, or one that is private or gated'
    const first = `check whether ${page} opens in your browser`
    const then = token
      ? `it must open for the account of the token that was sent`
      : `if it opens only while you are logged in, set HF_TOKEN to a token from ${endpoint}/settings/tokens`
    return new Fault('input', `${problem} (${status}): ${first}; ${then}`)
  }
  return new Fault('input', `${url.host} responds with the unexpected status ${status}`)
}

const refusedToken = (endpoint: string) =>
  `the token in HF_TOKEN or its file is not valid: perhaps it has expired; create one at ${endpoint}/settings/tokens, or unset it for public repositories`

function gated(page: string, endpoint: string, token: string | undefined): string {
  const accept = `log in at ${page} and accept the conditions there`
  if (token === undefined) {
    return `gated by its authors: ${accept}, then set HF_TOKEN to a token of that account from ${endpoint}/settings/tokens`
  }
  return `gated by its authors, and the account of the token that was sent has not been granted access: ${accept}, or wait for their consent; a fine-grained token must allow gated repositories`
}
