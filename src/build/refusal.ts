import { DockerBuildError } from '../core/errors.js';

/** Why a build is refused before anything is sent. */
export type Refusal =
  | 'missing'
  | 'outside'
  | 'symbolic_link'
  | 'not_a_file'
  | 'not_a_folder'
  | 'too_large'
  | 'too_many_entries'
  | 'too_complex'
  | 'remote_source'
  | 'not_text'
  | 'empty'
  | 'invalid'
  | 'unreadable'
  | 'changed';

/** @param file path inside the build context, never one of ours */
export function refuseBuild(
  file: string,
  reason: Refusal,
  { message, hint }: { readonly message: string; readonly hint: string },
): DockerBuildError<'BUILD_REFUSED'> {
  return new DockerBuildError('BUILD_REFUSED', { message, hint, context: { file, reason } });
}
