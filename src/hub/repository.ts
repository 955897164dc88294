import {z} from 'zod'
import {Fault} from '../base/fault.ts'
import {parseJsonIfValid} from '../base/json.ts'
import {escapeLine} from '../base/printable.ts'
import {get, readBody} from '../download/request.ts'
import {retried, type WaitOptions} from '../download/retry.ts'
import {TransientError} from '../download/transient-error.ts'
import {fileOf, type HubFile} from './hub-file.ts'
import {type HubReference, isCommit, pageOf} from './names.ts'
import {hubRemote} from './remote.ts'
import type {HubSettings} from './settings.ts'

export interface HubOptions extends WaitOptions {
  readonly settings: HubSettings
}

/** Requests the commit that a branch or tag is at now. */
export async function resolveCommit(reference: HubReference, options: HubOptions): Promise<string> {
  const address = `${apiAddress(reference, 'revision', options)}?expand=sha`
  const {content} = await getJson(address, {reference, form: REPOSITORY, options})
  const {sha} = content
  if (typeof sha !== 'string' || !isCommit(sha)) throw new Fault('input', 'the hub returned an invalid commit')
  return sha
}

/** Requests the list of all files at a commit, and the paths of entries that cannot be a valid file. */
export async function listRepository(
  reference: HubReference,
  options: HubOptions,
): Promise<{readonly files: readonly HubFile[]; readonly odd: readonly string[]}> {
  const files = new Map<string, HubFile>()
  const odd: string[] = []
  let address: string | undefined = `${apiAddress(reference, 'tree', options)}?recursive=true&expand=false`
  for (let pages = 0; address !== undefined; pages++) {
    if (pages === MAX_PAGES) throw new Fault('input', `the hub's list of files has more than ${MAX_PAGES} pages`)
    if (!URL.canParse(address))
      throw new Fault('input', `the hub's list of files links to an invalid address: ${escapeLine(address, 80)}`)
    const {content, next}: Page<typeof LIST> = await getJson(address, {reference, form: LIST, options})
    for (const {path, size, oid, lfs} of content.filter(({type}) => type === 'file')) {
      const file = fileOf(path, {size, oid, lfs})
      if (!file || files.has(path)) odd.push(path)
      else files.set(path, file)
    }
    if (files.size + odd.length > MAX_FILES) throw new Fault('input', `has more than ${MAX_FILES} files`)
    address = next
  }
  return {files: [...files.values()], odd}
}

const apiAddress = ({kind, name, revision}: HubReference, part: string, {settings}: HubOptions) =>
  `${settings.endpoint}/api/${kind}s/${name}/${part}/${encodeURIComponent(revision)}`

const REPOSITORY = z.looseObject({}).describe('description of the repository')
const LIST = z.array(z.looseObject({type: z.string(), path: z.string()})).describe('list of files')

/** One response of the API, and the address of the next page of a list. */
interface Page<Form extends z.ZodType> {
  readonly content: z.infer<Form>
  readonly next: string | undefined
}

interface JsonOptions<Form> {
  readonly reference: HubReference
  readonly form: Form
  readonly options: HubOptions
}

/** Requests JSON of a form; a response of another form is requested again, since a proxy may have cut it. */
async function getJson<Form extends z.ZodType>(
  address: string,
  {reference, form, options: {settings, signal, onWait}}: JsonOptions<Form>,
): Promise<Page<Form>> {
  const remote = hubRemote(settings, pageOf(reference))
  const attempt = async () => {
    const response = await get(address, {remote, signal})
    const text = (await readBody(response, remote)).toString()
    const content = parseForm(text, new URL(address).host, form)
    const [, next] = /<([^>]*)>;\s*rel="next"/.exec(String(response.headers.link ?? '')) ?? []
    return {content, next}
  }
  return retried(attempt, {remote, signal, onWait})
}

/** Throws a TransientError for no text or JSON that is cut or of another form, a Fault for a response that is not JSON. */
function parseForm<Form extends z.ZodType>(text: string, host: string, form: Form): z.infer<Form> {
  if (text.trim() === '') throw new TransientError(`${host} sent an empty ${form.description}`)
  if (!/^\s*[[{]/.test(text))
    throw new Fault('input', `${host} sends a response that is not JSON: is it a hub, or a login page before it?`)
  const {success, data} = form.safeParse(parseJsonIfValid(text))
  if (!success) throw new TransientError(`${host} sent a malformed ${form.description}: ${escapeLine(text, 60)}`)
  return data
}

const MAX_FILES = 500_000
const MAX_PAGES = 2000
