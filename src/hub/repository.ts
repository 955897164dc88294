import {datasetInfo, listFiles, modelInfo} from '@huggingface/hub'
import {Fault} from '../engine/fault.ts'
import {isCommit, pageOf, type Reference} from './names.ts'
import {get} from './request.ts'
import {retried} from './retry.ts'
import type {HubSettings} from './settings.ts'
import {fileOf, type HubFile} from './tree.ts'

export interface AskHubOptions {
  readonly settings: HubSettings
  readonly signal: AbortSignal
  readonly onWait?: ((text: string) => void) | undefined
}

/** The commit that a branch or tag is at now. */
export async function resolveCommit(reference: Reference, options: AskHubOptions): Promise<string> {
  const {kind, name, revision} = reference
  const asked = {name, revision, hubUrl: options.settings.endpoint, fetch: fetchFor(reference, options)}
  const {sha} =
    kind === 'model'
      ? await modelInfo({...asked, additionalFields: ['sha']})
      : await datasetInfo({...asked, additionalFields: ['sha']})
  if (typeof sha !== 'string' || !isCommit(sha)) throw new Fault('input', 'the hub names a commit that is none')
  if (isCommit(revision) && sha !== revision) throw new Fault('input', `the hub answers with another commit: ${sha}`)
  return sha
}

/** All files at a commit, and the paths of what is called a file there and cannot be one of ours. */
export async function listRepository(
  reference: Reference,
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
    fetch: fetchFor(reference, options),
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

/** The network as @huggingface/hub may use it: tried again, redirects and secrets as ours, answers of limited size. */
function fetchFor(reference: Reference, {settings, signal, onWait}: AskHubOptions): typeof fetch {
  let pages = 0
  return async input => {
    if (++pages > MOST_PAGES)
      throw new Fault('input', `the hub's list of files goes on for more than ${MOST_PAGES} pages`)
    const ask = async () => {
      const answer = await get(String(input), {settings, signal, repository: pageOf(reference)})
      const parts: Buffer[] = []
      let bytes = 0
      for await (const part of answer.body()) {
        bytes += part.length
        if (bytes > MOST_BYTES) throw new Fault('input', `the hub answers with more than ${MOST_BYTES} bytes`)
        parts.push(part)
      }
      return {text: Buffer.concat(parts).toString(), link: answer.headers.link}
    }
    const {text, link} = await retried(ask, {pauseMs: settings.pauseMs, signal, onWait})
    if (!/^\s*[[{]/.test(text)) {
      throw new Fault(
        'input',
        `${new URL(String(input)).host} answers with what is no JSON: is it a hub, or a login page before it?`,
      )
    }
    return new Response(text, {headers: typeof link === 'string' ? {link} : {}})
  }
}

const MOST_PAGES = 2000
const MOST_BYTES = 2 ** 26
