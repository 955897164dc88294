import {Fault} from '../base/fault.ts'

/** A repository of the hub at a branch, a tag or a commit. */
export interface HubReference {
  readonly kind: 'model' | 'dataset'
  /** `owner/name`. */
  readonly name: string
  readonly revision: string
}

/** Whether the revision is a git commit, which always names the same bytes. */
export const isCommit = (revision: string) => /^[0-9a-f]{40}$/.test(revision)

export const isRepository = (name: string) =>
  name.length <= 192 && /^\w[\w.-]*\/\w[\w.-]*$/.test(name) && !/--|\.\.|\.git$/.test(name)

/** Whether a revision can be part of an address and of a path in the cache without pointing out of them. */
export const isRevision = (revision: string) =>
  revision.length <= 128 && /^\w[\w.-]*(\/\w[\w.-]*)*$/.test(revision) && !revision.includes('..')

/** Whether a path stays below the folder it is joined to, on every system; a server's paths cannot be trusted. */
export const isInside = (path: string) =>
  path.length <= 1024 && !/[\p{C}\\:]/u.test(path) && path.split('/').every(isPart)

const isPart = (part: string) => part !== '' && part !== '.' && part !== '..' && Buffer.byteLength(part) <= 240

/** Throws if a reference is not valid. */
export function checkReference({name, revision}: HubReference): void {
  if (!isRepository(name))
    throw new Fault('recipe', `a repository name has the form owner/name, like google/gemma-2b: ${name}`)
  if (!isRevision(revision))
    throw new Fault('recipe', `${name}: a revision is a branch or a commit, like main: ${revision}`)
}

/** The path of a repository's page on the hub. */
export const pageOf = ({kind, name}: HubReference) => (kind === 'model' ? name : `datasets/${name}`)

/** The name of a reference in messages. */
export const shortName = ({name, revision}: HubReference) =>
  `${name}@${isCommit(revision) ? revision.slice(0, 12) : revision}`
