using Lumen.Scenes.Numerics;

namespace Lumen.Scenes;

/// <summary>Lines both sides of the street with houses and perhaps closes its end.</summary>
internal sealed class BuildingPlanner(SceneRandom random, StreetGround ground, IReadOnlyList<Tree> trees)
{
    private const float FarEnd = 95; // metres; beyond this houses are a pixel or two
    private readonly List<Building> _buildings = [];

    public List<Building> Plan()
    {
        int sparse = random.Weighted(0.8f, 0.1f, 0.1f); // 0: both sides built up, 1: left sparse, 2: right sparse
        int usualFloors = 1 + random.Weighted(0.12f, 0.3f, 0.28f, 0.18f, 0.12f);
        bool pitched = random.Chance(0.45f);
        for (int i = 0; i < 2; i++)
        {
            PlanSide(side: i == 0 ? -1 : 1, gapChance: sparse == i + 1 ? 0.6f : 0.14f, usualFloors, pitched);
        }

        if (random.Chance(0.4f))
        {
            float z = random.Between(60, 90);
            _buildings.Add(
                House(x: random.Between(-3, 3), z: z + 5, width: random.Between(16, 30), length: 10, 2 + random.Below(4), pitched: false)
            );
        }

        return _buildings;
    }

    private void PlanSide(float side, float gapChance, int usualFloors, bool pitched)
    {
        float z = random.Between(-9, -2);
        while (z < FarEnd)
        {
            if (random.Chance(gapChance))
            {
                z += random.Between(5, 11);
            }

            float length = random.Between(7, 15),
                depth = random.Between(8, 12);
            if (ground.SideStreet is { } s && z < s + ground.HalfSideStreet + 2.2f && z + length > s - ground.HalfSideStreet - 2.2f)
            {
                float room = s - ground.HalfSideStreet - 2.2f - z; // fill up to the corner, or continue behind it
                if (room < 6)
                {
                    z = s + ground.HalfSideStreet + 2.2f;
                    continue;
                }

                length = room;
            }

            float setback = random.Between(0.1f, 1.4f) + Clearance(side, z, z + length);
            int floors = Math.Clamp(usualFloors + random.Below(3) - 1, 1, 6);
            bool gable = random.Chance(pitched ? 0.85f : 0.1f) && floors <= 3;
            float x = side * (ground.Edge(side) + setback + (depth / 2));
            _buildings.Add(House(x, z + (length / 2), depth, length, floors, gable));
            z += length + (random.Chance(0.5f) ? 0 : random.Between(0.4f, 2.5f));
        }
    }

    /// <summary>Extra setback that keeps crowns of trees out of the wall.</summary>
    private float Clearance(float side, float from, float to)
    {
        float extra = 0;
        foreach (var tree in trees)
        {
            if (tree.X * side > 0 && tree.Z > from - 2 && tree.Z < to + 2)
            {
                extra = Math.Max(extra, Math.Abs(tree.X) + (tree.Radius * 0.7f) - ground.Edge(side));
            }
        }

        return extra;
    }

    private Building House(float x, float z, float width, float length, int floors, bool pitched)
    {
        var windows = new WindowGrid(
            Spacing: random.Between(2.1f, 3.4f),
            WidthShare: random.Between(0.42f, 0.66f),
            HeightShare: random.Between(0.42f, 0.6f),
            Shop: floors > 1 && random.Chance(0.3f),
            Frames: random.Chance(0.6f)
        );
        return new Building(
            x,
            z,
            width,
            length,
            floors,
            random.Between(2.8f, 3.4f),
            pitched ? random.Between(1.8f, 3.4f) : 0,
            windows,
            random.Unit()
        );
    }
}
