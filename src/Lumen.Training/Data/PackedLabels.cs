using System.Runtime.InteropServices;
using Lumen.Imaging;

namespace Lumen.Training.Data;

/// <summary>
/// The labels of a picture in ten bytes a pixel, plane after plane: class ids (uint8), depth (uint16, millimetres, 65535 for
/// <see cref="LabelledPicture.Farthest"/> and beyond), normals (int8, 127 for 1, X Y Z interleaved), instances (uint16), headings (int16,
/// 32767 for pi). What is not known has the value that means none: 255, 0, (0, 0, 0), 0, -32768. Little-endian.
/// </summary>
internal static class PackedLabels
{
    /// <summary>Bytes of a pixel.</summary>
    public const int BytesPerPixel = 10;

    /// <summary>The heading that means none.</summary>
    public const short NoYaw = short.MinValue;

    private const float YawUnit = MathF.PI / short.MaxValue;

    /// <summary>Class ids, [H, W].</summary>
    /// <param name="packed">The labels of one picture.</param>
    public static Span<byte> Labels(Span<byte> packed) => packed[..(packed.Length / BytesPerPixel)];

    /// <summary>Depth in millimetres, [H, W].</summary>
    /// <inheritdoc cref="Labels"/>
    public static Span<ushort> Depth(Span<byte> packed) => MemoryMarshal.Cast<byte, ushort>(Plane(packed, 1, 2));

    /// <summary>Normals, [H, W, 3].</summary>
    /// <inheritdoc cref="Labels"/>
    public static Span<sbyte> Normals(Span<byte> packed) => MemoryMarshal.Cast<byte, sbyte>(Plane(packed, 3, 3));

    /// <summary>Instance ids, [H, W].</summary>
    /// <inheritdoc cref="Labels"/>
    public static Span<ushort> Instances(Span<byte> packed) => MemoryMarshal.Cast<byte, ushort>(Plane(packed, 6, 2));

    /// <summary>Headings, [H, W].</summary>
    /// <inheritdoc cref="Labels"/>
    public static Span<short> Yaw(Span<byte> packed) => MemoryMarshal.Cast<byte, short>(Plane(packed, 8, 2));

    /// <summary>Radians of a packed heading; NaN for none.</summary>
    public static float Radians(short yaw) => yaw == NoYaw ? float.NaN : yaw * YawUnit;

    /// <summary>Packs labels.</summary>
    /// <param name="source">The labels; its picture is not packed.</param>
    /// <param name="packed">H·W·10 bytes.</param>
    public static void Pack(LabelledPicture source, Span<byte> packed)
    {
        var pixels = source.Picture.Width * source.Picture.Height;
        packed = packed[..(pixels * BytesPerPixel)];
        packed.Clear();
        if (source.Labels is { } labels)
            labels.CopyTo(Labels(packed));
        else
            Labels(packed).Fill(LabelledPicture.Ignore);
        source.Instances?.CopyTo(Instances(packed));
        var depths = Depth(packed);
        var normals = Normals(packed);
        var yaws = Yaw(packed);
        for (var i = 0; i < pixels; i++)
        {
            if (source.Depth is { } depth)
                depths[i] = Millimetres(depth[i]);
            yaws[i] =
                source.Yaw is { } yaw && float.IsFinite(yaw[i])
                    ? (short)MathF.Round(MathF.IEEERemainder(yaw[i], 2 * MathF.PI) / YawUnit)
                    : NoYaw;
        }
        if (source.Normals is not { } vectors)
            return;
        for (var i = 0; i < normals.Length; i++)
        {
            var far = depths[i / 3] == ushort.MaxValue;
            normals[i] = far || !float.IsFinite(vectors[i]) ? (sbyte)0 : (sbyte)MathF.Round(Math.Clamp(vectors[i], -1, 1) * sbyte.MaxValue);
        }
    }

    /// <summary>The labels again, beside a picture of their size. What was not known comes back as none, pixel by pixel.</summary>
    public static LabelledPicture Unpack(Picture picture, Span<byte> packed)
    {
        var yaw = Yaw(packed);
        var radians = new float[yaw.Length];
        for (var i = 0; i < radians.Length; i++)
            radians[i] = Radians(yaw[i]);
        return new LabelledPicture(picture)
        {
            Labels = Labels(packed).ToArray(),
            Depth = Array.ConvertAll(Depth(packed).ToArray(), value => value / 1000f),
            Normals = Array.ConvertAll(Normals(packed).ToArray(), value => value / (float)sbyte.MaxValue),
            Instances = Instances(packed).ToArray(),
            Yaw = radians,
        };
    }

    private static Span<byte> Plane(Span<byte> packed, int before, int size) =>
        packed.Slice(packed.Length / BytesPerPixel * before, packed.Length / BytesPerPixel * size);

    // Depth below half a millimetre, or none at all, is none.
    private static ushort Millimetres(float metres) => metres > 0 ? (ushort)Math.Min(metres * 1000.0 + 0.5, ushort.MaxValue) : (ushort)0;
}
