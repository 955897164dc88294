import {datasetInfo, listFiles, modelInfo} from '@huggingface/hub'
import {z} from 'zod'
import {Fault} from '../base/fault.ts'
import {escapeLine} from '../base/printable.ts'
import {get} from '../download/request.ts'
import {retried} from '../download/retry.ts'
import {TransientError} from '../download/transient-error.ts'
import {type HubReference, isCommit, pageOf} from './names.ts'
import {hubRemote} from './remote.ts'
import type {HubSettings} from './settings.ts'
import {fileOf, type HubFile} from './tree.ts'

export interface AskHubOptions {
  readonly settings: HubSettings
  readonly signal: AbortSignal
  readonly onWait?: ((text: string) => void) | undefined
}

/** The commit that a branch or tag is at now. */
export async function resolveCommit(reference: HubReference, options: AskHubOptions): Promise<string> {
  const {kind, name, revision} = reference
  const asked = {name, revision, hubUrl: options.settings.endpoint, fetch: fetchFor(reference, REPOSITORY, options)}
  const {sha} =
    kind === 'model'
      ? await modelInfo({...asked, additionalFields: ['sha']})
      : await datasetInfo({...asked, additionalFields: ['sha']})
  if (typeof sha !== 'string' || !isCommit(sha)) throw new Fault('input', 'the hub returned an invalid commit')
  if (isCommit(revision) && sha !== revision) throw new Fault('input', `the hub responds with another commit: ${sha}`)
  return sha
}

/** All files at a commit, and the paths of what is called a file there and cannot be one of ours. */
export async function listRepository(
  reference: HubReference,
  options: AskHubOptions,
): Promise<{readonly files: readonly HubFile[]; readonly odd: readonly string[]}> {
  const {kind, name, revision} = reference
  const files = new Map<string, HubFile>()
  const odd: string[] = []
  const listed = listFiles({
    repo: {type: kind, name},
    revision,
    recursive: true,
    hubUrl: options.settings.endpoint,
    fetch: fetchFor(reference, LIST, options),
  })
  for await (const {type, path, size, oid, lfs} of listed) {
    if (type !== 'file') continue
    const file = fileOf(path, {size, oid, lfs})
    if (!file || files.has(path)) odd.push(String(path))
    else files.set(path, file)
    if (files.size + odd.length > MOST_FILES) throw new Fault('input', `has more than ${MOST_FILES} files`)
  }
  return {files: [...files.values()], odd}
}

const MOST_FILES = 500_000

/** The form that a response of the hub's API must have before @huggingface/hub may walk it. */
interface Form {
  readonly name: string
  readonly schema: z.ZodType
}

const REPOSITORY: Form = {name: 'description of the repository', schema: z.looseObject({})}
const LIST: Form = {name: 'list of files', schema: z.array(z.looseObject({type: z.string(), path: z.string()}))}

/**
 * The network as @huggingface/hub may use it: tried again, redirects and secrets as ours, responses of limited size and of
 * the form that the library takes for granted. A response of another form is retried: a proxy may have cut it.
 */
function fetchFor(reference: HubReference, form: Form, {settings, signal, onWait}: AskHubOptions): typeof fetch {
  const remote = hubRemote(settings, pageOf(reference))
  let pages = 0
  return async input => {
    if (!URL.canParse(String(input)))
      throw new Fault('input', `the hub's list of files links to an invalid address: ${escapeLine(String(input), 80)}`)
    const {host} = new URL(String(input))
    if (++pages > MOST_PAGES)
      throw new Fault('input', `the hub's list of files goes on for more than ${MOST_PAGES} pages`)
    const ask = async () => {
      const response = await get(String(input), {remote, signal})
      const parts: Buffer[] = []
      let bytes = 0
      for await (const part of response.body()) {
        bytes += part.length
        if (bytes > MOST_BYTES) throw new Fault('input', `the hub sends more than ${MOST_BYTES} bytes`)
        parts.push(part)
      }
      const text = Buffer.concat(parts).toString()
      checkForm(text, {host, form})
      return {text, link: response.headers.link}
    }
    const {text, link} = await retried(ask, {remote, signal, onWait})
    return new Response(text, {headers: typeof link === 'string' ? {link} : {}})
  }
}

/** Throws a TransientError for JSON that is cut or of another form, a Fault for a response that is not JSON. */
function checkForm(text: string, {host, form: {name, schema}}: {readonly host: string; readonly form: Form}): void {
  if (!/^\s*[[{]/.test(text))
    throw new Fault('input', `${host} sends a response that is not JSON: is it a hub, or a login page before it?`)
  const {success} = schema.safeParse(parsed(text))
  if (!success) throw new TransientError(`${host} sent a malformed ${name}: ${escapeLine(text, 60)}`)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // fits no form
  }
}

const MOST_PAGES = 2000
const MOST_BYTES = 2 ** 26
