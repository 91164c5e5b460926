using Lumen.Training.Data;
using static TorchSharp.torch;

namespace Lumen.Training.Perception;

/// <summary>Turns packed pictures into tensors.</summary>
internal sealed class BatchBuilder((int Width, int Height) size, PerceptionClasses classes, int count)
{
    private readonly int _pixels = size.Width * size.Height;

    public delegate void ReadItem(int item, Span<byte> rgb, Span<byte> labels);

    public PerceptionBatch Fill(ReadItem read)
    {
        var (rgb, labels, packed) = (
            new byte[count * _pixels * 3],
            new byte[count * _pixels],
            new byte[_pixels * PackedLabels.BytesPerPixel]
        );
        var (depth, normals, heading) = (new float[count * _pixels], new sbyte[count * _pixels * 3], new float[count * _pixels * 2]);
        var (heat, heatKnown, offsets, offsetsKnown) = (
            new float[count * _pixels],
            new float[count * _pixels],
            new float[count * _pixels * 2],
            new float[count * _pixels]
        );
        for (var item = 0; item < count; item++)
        {
            read(item, Of(rgb, item, 3), packed);
            PackedLabels.Labels(packed).CopyTo(Of(labels, item, 1));
            PackedLabels.Normals(packed).CopyTo(Of(normals, item, 3));
            var millimetres = PackedLabels.Depth(packed);
            var metres = Of(depth, item, 1);
            for (var i = 0; i < _pixels; i++)
                metres[i] = millimetres[i] / 1000f;
            Directions(PackedLabels.Yaw(packed), Of(heading, item, 2));
            if (classes.Things.Count > 0)
                InstanceTargets.Write(
                    packed,
                    size,
                    classes.Things,
                    Of(heat, item, 1),
                    Of(heatKnown, item, 1),
                    Of(offsets, item, 2),
                    Of(offsetsKnown, item, 1)
                );
        }
        using var scope = NewDisposeScope();
        return new PerceptionBatch
        {
            Images = (
                tensor(rgb, [count, size.Height, size.Width, 3]).permute(0, 3, 1, 2).contiguous().to_type(ScalarType.Float32) / 127.5 - 1
            ).MoveToOuterDisposeScope(),
            Labels = tensor(labels, [count, size.Height, size.Width]).to_type(ScalarType.Int64).MoveToOuterDisposeScope(),
            Depth = Map(depth, 1),
            Normals = (
                tensor(normals, [count, size.Height, size.Width, 3]).permute(0, 3, 1, 2).contiguous().to_type(ScalarType.Float32)
                / sbyte.MaxValue
            ).MoveToOuterDisposeScope(),
            Centres = Map(heat, 1),
            CentresKnown = Map(heatKnown, 1),
            Offsets = Map(offsets, 2),
            OffsetsKnown = Map(offsetsKnown, 1),
            Heading = Map(heading, 2),
        };

        Tensor Map(float[] values, int channels) => tensor(values, [count, channels, size.Height, size.Width]).MoveToOuterDisposeScope();
    }

    private Span<T> Of<T>(T[] values, int item, int channels) => values.AsSpan(item * _pixels * channels, _pixels * channels);

    private void Directions(ReadOnlySpan<short> yaw, Span<float> heading)
    {
        for (var i = 0; i < _pixels; i++)
        {
            if (yaw[i] != PackedLabels.NoYaw)
                (heading[i], heading[_pixels + i]) = MathF.SinCos(PackedLabels.Radians(yaw[i]));
        }
    }
}
