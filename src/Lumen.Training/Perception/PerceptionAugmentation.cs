using Lumen.Core.Tensors;
using static TorchSharp.torch;

namespace Lumen.Training.Perception;

/// <summary>
/// Classical augmentation: pictures are mirrored with all their labels, and their colours, sharpness and noise are changed while the labels
/// stay. A sample's changes depend on the stream and its place in the batch alone.
/// </summary>
public sealed record PerceptionAugmentation
{
    // Luma of ITU-R BT.601.
    private static readonly double[] Grey = [0.299, 0.587, 0.114];

    /// <summary>Nothing is changed.</summary>
    public static PerceptionAugmentation None { get; } = new() { Flip = 0 };

    /// <summary>Half of the pictures are mirrored.</summary>
    public static PerceptionAugmentation FlipOnly { get; } = new();

    /// <summary>
    /// Everything, as strong as is usual for training segmentation: the baseline that generated pictures are compared with.
    /// </summary>
    public static PerceptionAugmentation Classical { get; } =
        new()
        {
            Photometric = 0.8,
            Brightness = 0.2,
            Contrast = 0.35,
            Gamma = 0.3,
            Saturation = 0.4,
            Hue = 0.06,
            Blur = 1,
            Noise = 0.04,
        };

    /// <summary>Share of pictures that are mirrored.</summary>
    public double Flip { get; init; } = 0.5;

    /// <summary>Share of pictures whose appearance is changed.</summary>
    public double Photometric { get; init; }

    /// <summary>Largest shift of all values, as a share of the range.</summary>
    public double Brightness { get; init; }

    /// <summary>Largest logarithm of the contrast around the picture's mean.</summary>
    public double Contrast { get; init; }

    /// <summary>Largest logarithm of gamma.</summary>
    public double Gamma { get; init; }

    /// <summary>Largest change of saturation, 0...1.</summary>
    public double Saturation { get; init; }

    /// <summary>Largest turn of the hue, as a share of the circle.</summary>
    public double Hue { get; init; }

    /// <summary>Largest standard deviation of a Gaussian blur, pixels; half of the changed pictures are blurred.</summary>
    public double Blur { get; init; }

    /// <summary>Largest standard deviation of noise, as a share of the range.</summary>
    public double Noise { get; init; }

    /// <summary>Refuses impossible settings, all of them in one message.</summary>
    /// <exception cref="LumenException">A setting is out of range.</exception>
    public void Validate()
    {
        var faults = new[]
        {
            (Flip, 1.0, "flip"),
            (Photometric, 1, "photometric"),
            (Brightness, 1, "brightness"),
            (Contrast, 3, "contrast"),
            (Gamma, 3, "gamma"),
            (Saturation, 1, "saturation"),
            (Hue, 0.5, "hue"),
            (Blur, 8, "blur"),
            (Noise, 1, "noise"),
        }
            .Where(setting => !(setting.Item1 >= 0 && setting.Item1 <= setting.Item2))
            .Select(setting => $"{setting.Item3} must be 0 to {setting.Item2} but is {setting.Item1}.")
            .ToList();
        if (faults.Count > 0)
            throw new LumenException($"The augmentation cannot be used: {string.Join(" ", faults)}");
    }

    /// <summary>Changes a batch.</summary>
    /// <param name="batch">Not changed itself; tensors that stay as they are may be shared.</param>
    /// <param name="random">The step's stream.</param>
    public PerceptionBatch Apply(PerceptionBatch batch, RandomStream random)
    {
        using var scope = NewDisposeScope();
        var count = (int)batch.Images.shape[0];
        var flipped = Enumerable.Range(0, count).Select(i => random.For(i).UniformAt(0) < Flip).ToArray();
        var changed = flipped.Any(flip => flip) ? Where(flipped, Mirrored(batch), batch) : batch.Select(tensor => tensor.alias());
        if (Photometric > 0)
            changed = changed with { Images = stack(Enumerable.Range(0, count).Select(i => Changed(changed.Images[i], random.For(i)))) };
        return changed.Select(tensor => tensor.MoveToOuterDisposeScope());
    }

    /// <summary>The mirror image of a batch: X of normals and offsets, and the sines of headings, change their sign.</summary>
    public static PerceptionBatch Mirrored(PerceptionBatch batch)
    {
        using var scope = NewDisposeScope();
        var turned = batch.Select(tensor => tensor.flip(-1));
        var (x, first) = (tensor([-1f, 1, 1]).view(1, 3, 1, 1), tensor([-1f, 1]).view(1, 2, 1, 1));
        return (turned with { Normals = turned.Normals * x, Offsets = turned.Offsets * first, Heading = turned.Heading * first }).Select(
            tensor => tensor.MoveToOuterDisposeScope()
        );
    }

    private static PerceptionBatch Where(bool[] chosen, PerceptionBatch one, PerceptionBatch other)
    {
        var mask = tensor(chosen);
        return new PerceptionBatch
        {
            Images = Pick(one.Images, other.Images),
            Labels = Pick(one.Labels, other.Labels),
            Depth = Pick(one.Depth, other.Depth),
            Normals = Pick(one.Normals, other.Normals),
            Centres = Pick(one.Centres, other.Centres),
            CentresKnown = Pick(one.CentresKnown, other.CentresKnown),
            Offsets = Pick(one.Offsets, other.Offsets),
            OffsetsKnown = Pick(one.OffsetsKnown, other.OffsetsKnown),
            Heading = Pick(one.Heading, other.Heading),
        };

        Tensor Pick(Tensor a, Tensor b) => where(mask.view([-1, .. Enumerable.Repeat(1L, (int)a.dim() - 1)]), a, b);
    }

    // image: [3, H, W]
    private Tensor Changed(Tensor image, RandomStream random)
    {
        if (random.UniformAt(1) >= Photometric)
            return image;
        var value = Coloured((image + 1) / 2, random);
        value = value + Brightness * Signed(2);
        value = (value - value.mean()) * Math.Exp(Contrast * Signed(3)) + value.mean();
        value = value.clamp(0, 1).pow(Math.Exp(Gamma * Signed(4)));
        if (Blur > 0 && random.UniformAt(7) < 0.5)
            value = Blurred(value, Blur * random.UniformAt(8));
        if (Noise > 0)
            value = value + random.For(-1).Normal(image.shape) * (Noise * random.UniformAt(9));
        return value.clamp(0, 1) * 2 - 1;

        double Signed(int draw) => 2 * random.UniformAt(draw) - 1;
    }

    // Saturation and hue as one matrix: colours are stretched away from, and turned around, the grey axis.
    private Tensor Coloured(Tensor value, RandomStream random)
    {
        var stretch = 1 + Saturation * (2 * random.UniformAt(5) - 1);
        var angle = 2 * Math.PI * Hue * (2 * random.UniformAt(6) - 1);
        var (cos, sin, third) = (Math.Cos(angle), Math.Sin(angle), 1 / 3.0);
        var matrix = new float[9];
        for (var row = 0; row < 3; row++)
        {
            for (var column = 0; column < 3; column++)
            {
                // Rodrigues' formula for the axis (1, 1, 1) / sqrt 3
                var cross =
                    row == column ? 0
                    : (column - row + 3) % 3 == 1 ? -1
                    : 1;
                var turn = (row == column ? cos : 0) + (1 - cos) * third + sin * cross / Math.Sqrt(3);
                matrix[3 * row + column] = (float)(turn * stretch + (1 - stretch) * Grey[column]);
            }
        }
        return tensor(matrix, 3, 3).mm(value.flatten(1)).view(value.shape);
    }

    // As two matrix products, borders repeated.
    private static Tensor Blurred(Tensor value, double sigma)
    {
        using var scope = NewDisposeScope();
        var wide = nn.functional.linear(value, Gaussian(value.shape[2], sigma)); // [3, H, W]
        return nn.functional.linear(wide.transpose(1, 2), Gaussian(value.shape[1], sigma)).transpose(1, 2).MoveToOuterDisposeScope();
    }

    private static Tensor Gaussian(long side, double sigma)
    {
        var reach = (int)Math.Ceiling(2.5 * sigma);
        var taps = Enumerable.Range(-reach, 2 * reach + 1).Select(x => Math.Exp(-x * x / (2 * sigma * sigma + 1e-12))).ToArray();
        var (weights, sum) = (new float[side * side], taps.Sum());
        for (var to = 0L; to < side; to++)
        {
            for (var tap = -reach; tap <= reach; tap++)
                weights[to * side + Math.Clamp(to + tap, 0, side - 1)] += (float)(taps[tap + reach] / sum);
        }
        return tensor(weights, side, side);
    }
}
