// compile with: -O3 -march=native
// Arrays of float32 from a file as TensorFlow's tensors. Those in order that lie where TensorFlow's kernels can compute with
// them are the file's own pages; others are read on TensorFlow's threads, their axes reordered on the way: a layer's weights
// lie the other way round in PyTorch's files.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tensorflow/core/framework/common_shape_fns.h"
#include "tensorflow/core/framework/op.h"
#include "tensorflow/core/framework/op_kernel.h"
#include "tensorflow/core/framework/shape_inference.h"
#include "tensorflow/core/framework/allocation_description.pb.h"
#include "tensorflow/core/framework/allocator.h"
#include "tensorflow/core/framework/tensor.h"
#include "tensorflow/core/util/work_sharder.h"

namespace {

using tensorflow::OpKernel;
using tensorflow::OpKernelConstruction;
using tensorflow::OpKernelContext;
using tensorflow::Tensor;
using tensorflow::TensorShape;

// Where tensors start: TensorFlow's kernels refuse memory that lies otherwise.
constexpr int64_t kAlignment = tensorflow::Allocator::kAllocatorAlignment;
// Rows reordered together: as many neighbours in the result fill a line of the cache.
constexpr int64_t kTile = 16;
// Values that a thread reads at a time where nothing is reordered: 1 MiB.
constexpr int64_t kPart = 1 << 18;

class File {
 public:
  explicit File(const std::string &path) : descriptor_(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  ~File() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  bool ok() const { return descriptor_ >= 0; }
  // False where the file ends before, or cannot be read.
  bool read(float *values, int64_t count, int64_t position) const {
    char *bytes = reinterpret_cast<char *>(values);
    for (int64_t done = 0, length = 4 * count; done < length;) {
      const ssize_t got = pread(descriptor_, bytes + done, static_cast<size_t>(length - done), position + done);
      if (got <= 0) return false;
      done += got;
    }
    return true;
  }
  bool has(int64_t end) const {
    struct stat status;
    return fstat(descriptor_, &status) == 0 && status.st_size >= end;
  }
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

// Pages of a file as a tensor's memory. What is written to it goes to copies of the pages written to, never to the file.
class MappedBuffer : public tensorflow::TensorBuffer {
 public:
  // Null where the system maps no files there.
  static MappedBuffer *of(const File &file, int64_t position, int64_t bytes) {
    const int64_t before = position % sysconf(_SC_PAGESIZE);
    void *pages = mmap(nullptr, bytes + before, PROT_READ | PROT_WRITE, MAP_PRIVATE, file.descriptor(), position - before);
    return pages == MAP_FAILED ? nullptr : new MappedBuffer(static_cast<char *>(pages), before, bytes);
  }
  ~MappedBuffer() override { munmap(pages_, before_ + bytes_); }
  size_t size() const override { return bytes_; }
  tensorflow::TensorBuffer *root_buffer() override { return this; }
  void FillAllocationDescription(tensorflow::AllocationDescription *description) const override {
    description->set_requested_bytes(bytes_);
    description->set_allocator_name("file");
  }

 private:
  MappedBuffer(char *pages, int64_t before, int64_t bytes)
      : TensorBuffer(pages + before), pages_(pages), before_(before), bytes_(bytes) {}
  char *pages_;
  int64_t before_, bytes_;
};

// rows [kTile or fewer, width] → out[places[column] + row]
void scatter(const float *rows, int64_t count, const std::vector<int64_t> &places, float *out) {
  const int64_t width = static_cast<int64_t>(places.size());
  int64_t column = 0;
  if (count == kTile) {
    for (; column + 4 <= width; column += 4) {
      float block[4][kTile];
      for (int64_t row = 0; row < kTile; ++row)
        for (int64_t i = 0; i < 4; ++i) block[i][row] = rows[row * width + column + i];
      for (int64_t i = 0; i < 4; ++i) std::copy(block[i], block[i] + kTile, out + places[column + i]);
    }
  }
  for (; column < width; ++column)
    for (int64_t row = 0; row < count; ++row) out[places[column] + row] = rows[row * width + column];
}

// Where an array lies and how it is reordered: [position / 2^30, position % 2^30, rank, shape of the file …, axes …]. Axis i
// of the result is axis axes[i] of the file's; axes are in order, or the last is 0.
struct Plan {
  int64_t position = 0;
  std::vector<int64_t> shape, axes;

  explicit Plan(const Tensor &tensor) {
    const auto numbers = tensor.flat<int32_t>();
    const int64_t rank = numbers.size() > 2 ? numbers(2) : -1;
    valid = rank >= 0 && numbers.size() == 3 + 2 * rank;
    if (!valid) return;
    position = (static_cast<int64_t>(numbers(0)) << 30) + numbers(1);
    for (int64_t i = 0; i < rank; ++i) {
      shape.push_back(numbers(3 + i));
      axes.push_back(numbers(3 + rank + i));
      valid = valid && shape[i] >= 0 && axes[i] >= 0 && axes[i] < rank;
    }
    for (int64_t axis = 0; axis < rank; ++axis) valid = valid && std::count(axes.begin(), axes.end(), axis) == 1;
    valid = valid && (inOrder() || axes.back() == 0);
  }
  bool valid = false;
  bool inOrder() const { return std::is_sorted(axes.begin(), axes.end()); }
  TensorShape result() const {
    TensorShape made;
    for (const auto axis : axes) made.AddDim(shape[axis]);
    return made;
  }
  // Where the values of the file's first row go; each further row's go one place further.
  std::vector<int64_t> places() const {
    std::vector<int64_t> steps(shape.size(), 1);
    for (size_t i = axes.size() - 1; i > 0; --i) steps[axes[i - 1]] = steps[axes[i]] * shape[axes[i]];
    std::vector<int64_t> made = {0};
    for (size_t axis = 1; axis < shape.size(); ++axis) {
      std::vector<int64_t> next;
      next.reserve(made.size() * shape[axis]);
      for (const auto place : made)
        for (int64_t i = 0; i < shape[axis]; ++i) next.push_back(place + i * steps[axis]);
      made.swap(next);
    }
    return made;
  }
};

REGISTER_OP("TesseraReadTensor")
    .Input("plan: int32")
    .Attr("path: string")
    .Output("y: float")
    .SetIsStateful()
    .SetShapeFn(tensorflow::shape_inference::UnknownShape);

class ReadTensor : public OpKernel {
 public:
  explicit ReadTensor(OpKernelConstruction *construction) : OpKernel(construction) {
    OP_REQUIRES_OK(construction, construction->GetAttr("path", &path_));
  }
  void Compute(OpKernelContext *context) override {
    const Plan plan(context->input(0));
    OP_REQUIRES(context, plan.valid, tensorflow::errors::InvalidArgument("TesseraReadTensor: the plan is none."));
    const File file(path_);
    OP_REQUIRES(context, file.ok(), tensorflow::errors::NotFound(path_, " cannot be opened."));
    if (map(context, file, plan)) return;
    Tensor *y = nullptr;
    OP_REQUIRES_OK(context, context->allocate_output(0, plan.result(), &y));
    const int64_t count = y->NumElements();
    if (count == 0) return;
    float *values = y->flat<float>().data();
    std::atomic<bool> whole{true};
    if (plan.inOrder())
      shard(context, (count + kPart - 1) / kPart, kPart, [&](int64_t part) {
        const int64_t from = part * kPart;
        if (!file.read(values + from, std::min(kPart, count - from), plan.position + 4 * from)) whole = false;
      });
    else
      readReordered(context, file, plan, values, &whole);
    OP_REQUIRES(context, whole, tensorflow::errors::DataLoss(path_, " ends early or cannot be read."));
  }

 private:
  // Gives the file's own pages; false where they do not serve.
  static bool map(OpKernelContext *context, const File &file, const Plan &plan) {
    const TensorShape shape = plan.result();
    const int64_t bytes = 4 * shape.num_elements();
    if (!plan.inOrder() || plan.position % kAlignment != 0 || bytes == 0 || !file.has(plan.position + bytes)) return false;
    const tensorflow::core::RefCountPtr<MappedBuffer> buffer(MappedBuffer::of(file, plan.position, bytes));
    if (!buffer) return false;
    context->set_output(0, Tensor(tensorflow::DT_FLOAT, shape, buffer.get()));
    return true;
  }
  static void readReordered(OpKernelContext *context, const File &file, const Plan &plan, float *values,
                            std::atomic<bool> *whole) {
    const auto places = plan.places();
    const int64_t width = static_cast<int64_t>(places.size());
    const int64_t height = plan.shape[0];
    shard(context, (height + kTile - 1) / kTile, kTile * width, [&](int64_t tile) {
      thread_local std::vector<float> rows;
      const int64_t row = tile * kTile;
      const int64_t count = std::min(kTile, height - row);
      rows.resize(std::max(rows.size(), static_cast<size_t>(kTile * width)));
      if (file.read(rows.data(), count * width, plan.position + 4 * row * width))
        scatter(rows.data(), count, places, values + row);
      else
        *whole = false;
    });
  }
  // Runs `work` for each of `total` parts of `size` values on TensorFlow's threads.
  static void shard(OpKernelContext *context, int64_t total, int64_t size, const std::function<void(int64_t)> &work) {
    const auto &threads = *context->device()->tensorflow_cpu_worker_threads();
    tensorflow::Shard(threads.num_threads, threads.workers, total, 2 * size, [&](int64_t first, int64_t last) {
      for (int64_t part = first; part < last; ++part) work(part);
    });
  }
  std::string path_;
};
REGISTER_KERNEL_BUILDER(Name("TesseraReadTensor").Device(tensorflow::DEVICE_CPU), ReadTensor);

}  // namespace
