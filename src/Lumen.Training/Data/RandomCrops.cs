using Lumen.Core.Tensors;
using static TorchSharp.torch;

namespace Lumen.Training.Data;

/// <summary>
/// Random resized crops with a random mirror image (Szegedy et al. 2015; torchvision <c>RandomResizedCrop</c>), as two small matrix
/// products a picture; where a crop shrinks, the triangle kernel is widened, so that nothing aliases.
/// </summary>
internal sealed record RandomCrops
{
    private const double WidestAspect = 4 / 3.0;

    /// <summary>Side of the crops in pixels.</summary>
    public required int Size { get; init; }

    /// <summary>Smallest share 0...1 of the picture's area that a crop shows.</summary>
    public required double Least { get; init; }

    /// <summary>Largest share of it.</summary>
    public required double Most { get; init; }

    /// <summary>Chance that a crop is mirrored.</summary>
    public double Mirror { get; init; } = 0.5;

    /// <summary>One crop of every picture.</summary>
    /// <param name="images">[B, 3, H, W], float32; not disposed.</param>
    /// <param name="random">The stream of these crops; picture i uses <c>random.For(i)</c>.</param>
    /// <returns>[B, 3, Size, Size], in the pictures' range, float32.</returns>
    /// <exception cref="LumenException">The shares are no range within 0...1.</exception>
    public Tensor Apply(Tensor images, RandomStream random)
    {
        Shape.Require(images, nameof(images), "[B, 3, H, W]", s => s is [> 0, 3, > 0, > 0]);
        if (!(Least > 0 && Least <= Most && Most <= 1))
            throw new LumenException($"The area of random crops must be a range within 0...1 but is {Least} to {Most}.");
        var (batch, height, width) = ((int)images.shape[0], (int)images.shape[2], (int)images.shape[3]);
        var (rows, columns) = (new float[batch * Size * height], new float[batch * Size * width]);
        for (var i = 0; i < batch; i++)
        {
            var (top, left, high, wide) = Place(height, width, random.For(i));
            Fill(rows.AsSpan(i * Size * height, Size * height), top, high, height);
            var own = columns.AsSpan(i * Size * width, Size * width);
            Fill(own, left, wide, width);
            if (random.For(i).UniformAt(4) < Mirror)
                Reverse(own, width);
        }
        using var scope = NewDisposeScope();
        var across = tensor(columns, batch, Size, width).to(images.device).transpose(1, 2); // [B, W, s]
        var down = tensor(rows, batch, Size, height).to(images.device).transpose(1, 2); // [B, H, s]
        var narrow = bmm(images.reshape(batch, -1, width), across).view(batch, -1, height, Size); // [B, 3, H, s]
        // [B, 3, s (across), s (down)]
        var crops = bmm(narrow.transpose(2, 3).reshape(batch, -1, height), down).view(batch, -1, Size, Size);
        return crops.transpose(2, 3).contiguous().MoveToOuterDisposeScope(); // [B, 3, s, s]
    }

    private (double Top, double Left, double High, double Wide) Place(int height, int width, RandomStream random)
    {
        var area = (Least + (Most - Least) * random.UniformAt(0)) * height * width;
        var aspect = Math.Exp((2 * random.UniformAt(1) - 1) * Math.Log(WidestAspect));
        var wide = Math.Clamp(Math.Sqrt(area * aspect), area / height, width);
        var high = Math.Min(area / wide, height);
        return (random.UniformAt(2) * (height - high), random.UniformAt(3) * (width - wide), high, wide);
    }

    // A row for each new pixel: a triangle around its centre, one old pixel wide or as many as it covers.
    private void Fill(Span<float> weights, double start, double length, int from)
    {
        var step = length / Size;
        var reach = Math.Max(step, 1);
        for (var i = 0; i < Size; i++)
        {
            var row = weights.Slice(i * from, from);
            var centre = start + (i + 0.5) * step;
            var sum = 0.0;
            for (var j = Math.Max(0, (int)(centre - reach)); j < Math.Min(from, (int)Math.Ceiling(centre + reach)); j++)
                sum += row[j] = (float)Math.Max(0, 1 - Math.Abs(j + 0.5 - centre) / reach);
            foreach (ref var weight in row)
                weight = (float)(weight / sum);
        }
    }

    private void Reverse(Span<float> rows, int width)
    {
        for (var i = 0; i < Size / 2; i++)
        {
            var first = rows.Slice(i * width, width);
            var last = rows.Slice((Size - 1 - i) * width, width);
            for (var j = 0; j < width; j++)
                (first[j], last[j]) = (last[j], first[j]);
        }
    }
}
