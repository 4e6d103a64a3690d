/** Removes folders when this process is gone, however it ended. */
export interface FolderGuard {
  /** @param folder absolute path of one that was just made; what is in it goes with it */
  hold(folder: string): void;
  /** It is gone. */
  release(folder: string): void;
}
