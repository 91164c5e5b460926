using Lumen.Scenes.Numerics;

namespace Lumen.Scenes.Rendering;

/// <summary>Linear colours of the named paints.</summary>
internal static class Paints
{
    public static readonly Vec3 Snow = new(0.86f, 0.89f, 0.94f);
    public static readonly Vec3 WindowLight = Vec3.Hex(0xFFCB6B);

    private static readonly Vec3[] Buildings =
    [
        Vec3.Hex(0xB0523C),
        Vec3.Hex(0xE2B552),
        Vec3.Hex(0x989B9F),
        Vec3.Hex(0x4F80C4),
        Vec3.Hex(0xEBE8DF),
        Vec3.Hex(0x6E9E62),
    ];
    private static readonly Vec3[] Cars =
    [
        Vec3.Hex(0xD01E1A),
        Vec3.Hex(0x1C4FC4),
        Vec3.Hex(0xF0F0EE),
        Vec3.Hex(0x1A1B1E),
        Vec3.Hex(0xF2C318),
        Vec3.Hex(0x1E8A42),
    ];

    private static readonly Vec3[] Clothes =
    [
        Vec3.Hex(0xC23A32),
        Vec3.Hex(0x2F5DAA),
        Vec3.Hex(0xE0A52E),
        Vec3.Hex(0x3F8F5B),
        Vec3.Hex(0xD8D5CC),
        Vec3.Hex(0x8A4A8C),
        Vec3.Hex(0xE07B39),
        Vec3.Hex(0x4AA3B5),
    ];

    public static Vec3 Of(BuildingPalette palette) => Buildings[(int)palette];

    public static Vec3 Of(CarPaint paint) => Cars[(int)paint];

    public static Vec3 Garment(uint pick) => Clothes[pick % (uint)Clothes.Length];
}
