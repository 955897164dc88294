import {getSystemErrorMap} from 'node:util'
import {Fault} from './fault.ts'

/** Converts an error of the file system to a fault `path: reason`; returns any other error unchanged. */
export function ioFault(path: string, error: unknown): unknown {
  if (!(error instanceof Error && 'code' in error && typeof error.code === 'string')) return error
  if (!('syscall' in error || REASONS.has(error.code))) return error
  return new Fault('io', `${path}: ${REASONS.get(error.code) ?? inWords(error)}`, {cause: error})
}

function inWords(error: Error & {readonly code?: unknown; readonly errno?: unknown}): string {
  const [, words] = (typeof error.errno === 'number' && getSystemErrorMap().get(error.errno)) || []
  return words ? `${words} (${error.code})` : error.message
}

const REASONS = new Map([
  ['ENOENT', 'no such file or folder'],
  ['EACCES', 'permission denied'],
  ['EPERM', 'operation not permitted'],
  ['EISDIR', 'a folder, not a file'],
  ['ENOTDIR', 'a part of the path is a file, not a folder'],
  ['ELOOP', 'links that lead to each other'],
  ['ENOTEMPTY', 'already exists'],
  ['EEXIST', 'already exists'],
  ['ENOSPC', 'no space left on the disk'],
  ['EDQUOT', 'no space left in the disk quota'],
  ['EFBIG', 'larger than a file may be here'],
  ['EROFS', 'the disk is read-only'],
  ['EIO', 'the disk failed (EIO)'],
  ['ERR_INVALID_ARG_VALUE', 'not a path'],
  ['EMFILE', 'too many open files'],
])
