import {isCount, isObject} from '../base/json.ts'
import {isInside} from './names.ts'

/** A file of a repository at one commit, with its size and hash. */
export interface HubFile {
  /** The path in the repository, with `/`. */
  readonly path: string
  readonly bytes: number
  /** Git's sha1 of the committed file: of a small file itself, of a large one its LFS pointer. */
  readonly gitOid: string
  /** The sha256 of a large file's bytes. */
  readonly sha256?: string
}

/** A file's name among the blobs of the cache, which is the hash of its bytes. */
export const oidOf = ({sha256, gitOid}: HubFile) => sha256 ?? gitOid

/** Parses the description of a file by a server or a cache; undefined if its path, size or hash is not valid. */
export function fileOf(
  path: unknown,
  {size, oid, lfs}: {size: unknown; oid: unknown; lfs: unknown},
): HubFile | undefined {
  if (typeof path !== 'string' || !isInside(path)) return undefined
  if (typeof oid !== 'string' || !/^[0-9a-f]{40}$/.test(oid)) return undefined
  if (!isCount(size)) return undefined
  if (lfs === undefined || lfs === null) return {path, bytes: size, gitOid: oid}
  if (!isObject(lfs) || typeof lfs.oid !== 'string' || !/^[0-9a-f]{64}$/.test(lfs.oid)) return undefined
  return lfs.size === size ? {path, bytes: size, gitOid: oid, sha256: lfs.oid} : undefined
}
