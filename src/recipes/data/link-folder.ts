import {createHash} from 'node:crypto'
import {mkdir, rename, rm, stat, symlink} from 'node:fs/promises'
import {dirname, join} from 'node:path'
import {makeFolder} from '../../base/files.ts'
import {viewsFolder} from '../../base/folders.ts'
import {ioFault} from '../../base/io-fault.ts'
import {temporaryBeside} from '../../base/temporary.ts'

export interface LinkFolderOptions {
  /** Where the files are. */
  readonly root: string
  /** Below the root, and below the view. */
  readonly paths: readonly string[]
}

/** A folder of links to some files of another folder, so that a reader of folders sees no others. */
export async function linkFolder({root, paths}: LinkFolderOptions): Promise<string> {
  const view = join(
    viewsFolder(),
    createHash('sha256')
      .update(JSON.stringify([root, paths]))
      .digest('hex')
      .slice(0, 16),
  )
  if ((await stat(view).catch(() => undefined))?.isDirectory()) return view
  try {
    await makeFolder(dirname(view))
    const temporary = await temporaryBeside(view)
    await mkdir(temporary)
    for (const path of paths) {
      await mkdir(dirname(join(temporary, path)), {recursive: true})
      await symlink(join(root, path), join(temporary, path))
    }
    await rename(temporary, view).catch(async error => {
      await rm(temporary, {recursive: true})
      if (!(await stat(view).catch(() => undefined))) throw error // else another process was first
    })
    return view
  } catch (error) {
    throw ioFault(view, error)
  }
}
