using Lumen.Scenes.Numerics;

namespace Lumen.Scenes.Geometry;

/// <summary>A tree: a trunk and several blobs, or the tiers of a conifer.</summary>
internal static class TreeModel
{
    public static void Add(SolidsBuilder builder, Tree tree, int slot)
    {
        float r = tree.Radius,
            trunk = MathF.Max(0.14f, r * 0.11f),
            height = tree.CrownHeight,
            turn = tree.Variety * 2 * Curves.Pi;
        builder.Begin(SceneClass.Tree, slot, tree.X, tree.Z, turn);
        builder.Add(SolidShape.Post, Part.Trunk, new Vec3(-trunk, 0, -trunk), new Vec3(trunk, tree.Trunk + (height * 0.4f), trunk));
        switch (tree.Shape)
        {
            case TreeShape.Conifer:
                for (int tier = 0; tier < 4; tier++)
                {
                    float radius = r * (1 - (0.2f * tier)),
                        foot = tree.Trunk + (height * 0.2f * tier);
                    builder.Add(
                        SolidShape.Cone,
                        Part.Crown,
                        new Vec3(-radius, foot, -radius),
                        new Vec3(radius, foot + (height * 0.4f), radius)
                    );
                }

                break;
            case TreeShape.Slim:
                Blob(builder, 0, tree.Trunk + (height * 0.34f), 0, r, height * 0.36f);
                Blob(builder, r * 0.12f, tree.Trunk + (height * 0.66f), 0, r * 0.78f, height * 0.34f);
                break;
            default:
                float middle = tree.Trunk + (height * 0.42f);
                Blob(builder, 0, middle + (r * 0.2f), 0, r * 0.72f, r * 0.72f);
                for (int i = 0; i < 5; i++)
                {
                    float angle = 2 * Curves.Pi * i / 5,
                        size = r * (0.5f + (0.12f * Curves.Fraction(tree.Variety * (7 + i))));
                    float lift = r * 0.28f * ((i % 2) - 0.6f);
                    Blob(builder, r * 0.55f * Curves.Cos(angle), middle + lift, r * 0.55f * Curves.Sin(angle), size, size * 0.9f);
                }

                Blob(builder, r * 0.15f, middle + (r * 0.72f), 0, r * 0.5f, r * 0.46f);
                break;
        }

        builder.End();
    }

    private static void Blob(SolidsBuilder builder, float x, float y, float z, float radius, float halfHeight) =>
        builder.Add(
            SolidShape.Ellipsoid,
            Part.Crown,
            new Vec3(x - radius, y - halfHeight, z - radius),
            new Vec3(x + radius, y + halfHeight, z + radius)
        );
}
