using Lumen.Testing;
using Lumen.Training;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Training;

public sealed class TensorCacheTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Tensors_are_computed_once_in_passes_and_read_in_any_order()
    {
        var passes = new List<int>();
        using (var made = Open(7, indices => Rows(indices, 2, 3), pass: 3))
            Assert.Equal((7, 1.0 * 4 * 2 * 3 * 2), (made.Count, made.ItemBytes));
        Assert.Equal([3, 3, 1], passes);
        using var again = Open(7, _ => throw new InvalidOperationException("They are there."));
        using var batch = again.Batch([6, 0, 3, 3]);
        Assert.Equal([4, 4, 2, 3], batch.shape);
        Assert.Equal([6f, 0, 3, 3], batch.select(1, 0).select(1, 0).select(1, 0).data<float>().ToArray());
        Assert.Equal(_folder.File("cache.safetensors"), Assert.Single(Directory.GetFiles(_folder.Path))); // no lock and no half file stays

        Tensor Rows(int[] indices, long height, long width)
        {
            passes.Add(indices.Length);
            return Items(indices, height, width);
        }
    }

    [Fact]
    public void Pictures_of_several_shapes_are_found_by_number_and_never_mixed()
    {
        int[][] groups =
        [
            [0, 3, 4],
            [1],
            [2, 5],
        ];
        (long, long)[] shapes = [(4, 2), (3, 3), (2, 4)];
        using var cache = Open(6, indices => Compute(indices), pass: 2, groups);
        for (var group = 0; group < groups.Length; group++)
        {
            using var batch = cache.Batch(groups[group]);
            Assert.Equal([groups[group].Length, 4, shapes[group].Item1, shapes[group].Item2], batch.shape);
            Assert.Equal(groups[group].Select(index => (float)index), batch.select(1, 3).select(1, 1).select(1, 1).data<float>().ToArray());
            Assert.Equal([4, shapes[group].Item1, shapes[group].Item2], cache.ShapeOf(groups[group][0]));
        }
        Assert.Equal((3 * 8 + 9 + 2 * 8) * 4 * 2 / 6.0, cache.ItemBytes, 9);
        Assert.Throws<InvalidOperationException>(() => cache.Batch([0, 1]));

        Tensor Compute(int[] indices)
        {
            var group = Array.FindIndex(groups, one => one.Contains(indices[0]));
            return Items(indices, shapes[group].Item1, shapes[group].Item2);
        }
    }

    [Fact]
    public void What_is_stopped_or_fails_leaves_no_file_and_another_file_is_refused()
    {
        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() =>
            TensorCache.Open(
                _folder.File("cache.safetensors"),
                5,
                indices =>
                {
                    stop.Cancel();
                    return Items(indices, 1, 1);
                },
                pass: 2,
                stop: stop.Token
            )
        );
        Assert.Empty(Directory.GetFiles(_folder.Path));
        Open(5, indices => Items(indices, 1, 1)).Dispose();
        var fault = Assert.Throws<LumenException>(() => Open(6, indices => Items(indices, 1, 1)));
        Assert.Contains("tensors of the shape [5, 4, 1, 1]; expected [6, C, h, w]", fault.Message, StringComparison.Ordinal);
    }

    private TensorCache Open(int count, Func<int[], Tensor> compute, int pass = 32, IReadOnlyList<int[]>? groups = null) =>
        TensorCache.Open(_folder.File("cache.safetensors"), count, compute, pass: pass, groups: groups);

    // Every number is its picture's.
    private static Tensor Items(int[] indices, long height, long width) =>
        tensor(indices.Select(index => (float)index).ToArray()).view(-1, 1, 1, 1).expand(-1, 4, height, width).contiguous();
}
