// compile with: -O3 -march=native -fno-math-errno -fno-trapping-math -fassociative-math -fno-signed-zeros
// A JPEG to a picture of the size that an encoder takes, in one call: decoding what the filters need of it, and the filters,
// whose weights come from JavaScript. TensorFlow brings libjpeg-turbo along. R rows and C columns of the result.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "tensorflow/core/framework/common_shape_fns.h"
#include "tensorflow/core/framework/op.h"
#include "tensorflow/core/framework/op_kernel.h"
#include "tensorflow/core/lib/jpeg/jpeg_mem.h"

namespace {

using tensorflow::OpKernel;
using tensorflow::OpKernelConstruction;
using tensorflow::OpKernelContext;
using tensorflow::Tensor;
using tensorflow::TensorShape;
namespace jpeg = tensorflow::jpeg;

constexpr int kChannels = 3;
// Pixels decoded beyond those needed: chroma at the edge of what is decoded is not interpolated as within it.
constexpr int kMargin = 32;

// Outputs along one axis as weighted sums of inputs.
struct Axis {
  const int32_t *starts, *lengths;
  const float *weights;
  int count, stride, first = 0, end = 0;

  Axis(const Tensor &places, const Tensor &table)
      : starts(places.flat<int32_t>().data()),
        lengths(starts + places.NumElements() / 2),
        weights(table.flat<float>().data()),
        count(static_cast<int>(places.NumElements() / 2)),
        stride(count > 0 ? static_cast<int>(table.NumElements() / count) : 0) {
    valid = count > 0 && static_cast<int64_t>(stride) * count == table.NumElements();
    first = valid ? *std::min_element(starts, starts + count) : 0;
    for (int i = 0; valid && i < count; ++i) {
      end = std::max(end, starts[i] + lengths[i]);
      valid = starts[i] >= 0 && lengths[i] >= 1 && lengths[i] <= stride;
    }
  }
  bool valid;
};

// The part of a picture that was decoded, 3 bytes a pixel.
struct Pixels {
  std::unique_ptr<uint8_t[]> data;
  int left = 0, top = 0, width = 0;
  const uint8_t *row(int y, int x) const {
    return data.get() + (static_cast<int64_t>(y - top) * width + (x - left)) * kChannels;
  }
};

// Without `data` where the bytes are no sound JPEG of this size.
Pixels decode(const Tensor &bytes, const Axis &rows, const Axis &columns, int height, int width) {
  const auto source = bytes.flat<uint8_t>();
  Pixels pixels;
  int realWidth = 0, realHeight = 0, components = 0;
  const int size = static_cast<int>(source.size());
  if (!jpeg::GetImageInfo(source.data(), size, &realWidth, &realHeight, &components)) return pixels;
  if (realWidth != width || realHeight != height) return pixels;
  jpeg::UncompressFlags flags;
  flags.components = kChannels;
  flags.dct_method = JDCT_ISLOW;
  flags.crop = true;
  flags.crop_x = pixels.left = std::max(0, columns.first - kMargin);
  flags.crop_y = pixels.top = std::max(0, rows.first - kMargin);
  flags.crop_width = pixels.width = std::min(width, columns.end + kMargin) - pixels.left;
  flags.crop_height = std::min(height, rows.end + kMargin) - pixels.top;
  int64_t warnings = 0;
  std::unique_ptr<uint8_t[]> data(
      jpeg::Uncompress(source.data(), size, flags, nullptr, nullptr, nullptr, &warnings));
  if (warnings == 0) pixels.data = std::move(data);
  return pixels;
}

// One row of the result, before it is narrowed: the weighted sum of the input's rows.
void blend(const Pixels &pixels, const Axis &rows, int row, int first, int length, float *sums) {
  std::fill(sums, sums + length, 0.0f);
  for (int tap = 0; tap < rows.lengths[row]; ++tap) {
    const float weight = rows.weights[row * rows.stride + tap];
    const uint8_t *from = pixels.row(rows.starts[row] + tap, first);
    for (int i = 0; i < length; ++i) sums[i] += weight * static_cast<float>(from[i]);
  }
}

void narrow(const float *sums, const Axis &columns, float *out) {
  for (int column = 0; column < columns.count; ++column) {
    const float *from = sums + (columns.starts[column] - columns.first) * kChannels;
    const float *weights = columns.weights + column * columns.stride;
    float red = 0, green = 0, blue = 0;
    for (int tap = 0; tap < columns.lengths[column]; ++tap, from += kChannels) {
      red += weights[tap] * from[0];
      green += weights[tap] * from[1];
      blue += weights[tap] * from[2];
    }
    out[column * kChannels] = red;
    out[column * kChannels + 1] = green;
    out[column * kChannels + 2] = blue;
  }
}

// places: starts, then lengths. size: height and width of the picture.
REGISTER_OP("TesseraPicture")
    .Input("bytes: uint8")
    .Input("size: int32")
    .Input("row_places: int32")
    .Input("row_weights: float")
    .Input("column_places: int32")
    .Input("column_weights: float")
    .Output("y: float")
    .SetShapeFn(tensorflow::shape_inference::UnknownShape);

class Picture : public OpKernel {
 public:
  explicit Picture(OpKernelConstruction *construction) : OpKernel(construction) {}
  void Compute(OpKernelContext *context) override {
    const auto size = context->input(1).flat<int32_t>();
    const Axis rows(context->input(2), context->input(3));
    const Axis columns(context->input(4), context->input(5));
    OP_REQUIRES(context, size.size() == 2 && rows.valid && columns.valid && rows.end <= size(0) && columns.end <= size(1),
                tensorflow::errors::InvalidArgument("TesseraPicture: the filters do not fit the picture."));
    const Pixels pixels = decode(context->input(0), rows, columns, size(0), size(1));
    OP_REQUIRES(context, pixels.data != nullptr,
                tensorflow::errors::DataLoss("TesseraPicture: the bytes are no sound JPEG."));
    Tensor *y = nullptr;
    OP_REQUIRES_OK(context, context->allocate_output(0, TensorShape({rows.count, columns.count, kChannels}), &y));
    float *out = y->flat<float>().data();
    std::vector<float> sums((columns.end - columns.first) * kChannels);
    for (int row = 0; row < rows.count; ++row) {
      blend(pixels, rows, row, columns.first, static_cast<int>(sums.size()), sums.data());
      narrow(sums.data(), columns, out + static_cast<int64_t>(row) * columns.count * kChannels);
    }
  }
};
REGISTER_KERNEL_BUILDER(Name("TesseraPicture").Device(tensorflow::DEVICE_CPU), Picture);

}  // namespace
