/** Width and height of a picture file in pixels: PNG, GIF, BMP and JPEG; undefined for others. */
export function pictureSize(bytes: Uint8Array): readonly [width: number, height: number] | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = bytes.length < 26 ? undefined : sizeIn(view);
  return size && size[0] > 0 && size[1] > 0 ? size : undefined;
}

function sizeIn(view: DataView): readonly [number, number] | undefined {
  switch (view.getUint16(0)) {
    case 0x8950: // PNG, IHDR first
      return [view.getUint32(16), view.getUint32(20)];
    case 0x4749: // GIF
      return [view.getUint16(6, true), view.getUint16(8, true)];
    case 0x424d: // BMP, whose height is negative where rows go down
      return [view.getInt32(18, true), Math.abs(view.getInt32(22, true))];
    case 0xffd8:
      return sizeInJpeg(view);
    default:
      return undefined;
  }
}

/** From segment to segment to the frame header (SOF), which is none of DHT, JPG and DAC. */
function sizeInJpeg(view: DataView): readonly [number, number] | undefined {
  let at = 2;
  while (at + 9 <= view.byteLength && view.getUint8(at) === 0xff) {
    const marker = view.getUint8(at + 1);
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker))
      return [view.getUint16(at + 7), view.getUint16(at + 5)];
    at += 2 + view.getUint16(at + 2);
  }
  return undefined;
}
