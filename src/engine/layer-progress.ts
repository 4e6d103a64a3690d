/** How far one layer of a pull or a push is. */
export interface LayerProgress {
  done: boolean;
  bytes: number;
  total: number;
}

/** All layers together, as `PullProgress` and `PushProgress` tell it. */
export function sumOfLayers(layers: Iterable<LayerProgress>) {
  const all = [...layers];
  return {
    layersDone: all.filter((layer) => layer.done).length,
    layersTotal: all.length,
    bytesDone: all.reduce((sum, layer) => sum + layer.bytes, 0),
    bytesTotal: all.reduce((sum, layer) => sum + layer.total, 0),
  };
}
