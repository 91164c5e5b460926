using Lumen.Scenes.Numerics;

namespace Lumen.Scenes;

/// <summary>
/// Draws one layout: first the street, then things from the most to the least important, each placed where the camera sees it and nothing
/// else stands.
/// </summary>
internal sealed class LayoutPlanner
{
    private const int Attempts = 80;
    private readonly ulong _seed;
    private readonly SceneRandom _random;
    private readonly List<(float X, float Z, float Radius)> _taken = [];
    private readonly List<(float Left, float Right, float Distance)> _screens = []; // what covers the picture, in units of the half width

    public LayoutPlanner(ulong seed)
    {
        _seed = seed;
        _random = new SceneRandom(seed ^ 0x4C41594F_55540000); // "LAYOUT": the same number gives an unrelated appearance stream
        Ground = PlanGround();
        Camera = PlanCamera();
    }

    private StreetGround Ground { get; }

    private SceneCamera Camera { get; }

    public SceneLayout Plan()
    {
        var cars = PlanCars();
        var people = PlanPeople();
        var lamps = PlanLamps();
        var trees = PlanTrees();
        return new SceneLayout
        {
            Seed = _seed,
            Camera = Camera,
            Ground = Ground,
            Cars = cars,
            People = people,
            Lamps = lamps,
            Trees = trees,
            Buildings = new BuildingPlanner(_random, Ground, trees).Plan(),
        };
    }

    private StreetGround PlanGround()
    {
        bool grass = _random.Chance(0.65f),
            beside = _random.Chance(0.4f);
        return new StreetGround
        {
            HalfRoad = _random.Between(2.7f, 4.6f),
            LeftPavement = _random.Between(1.6f, 3f),
            RightPavement = _random.Between(1.6f, 3f),
            LeftVerge = grass && _random.Chance(0.8f) ? _random.Between(1.2f, 3.5f) : 0,
            RightVerge = grass && _random.Chance(0.8f) ? _random.Between(1.2f, 3.5f) : 0,
            VergeBesideRoad = beside,
            CentreLine = (CentreLine)_random.Weighted(0.12f, 0.6f, 0.16f, 0.12f),
            EdgeLines = _random.Chance(0.35f),
            Crossing = _random.Chance(0.25f) ? _random.Between(6, 16) : null,
            SideStreet = _random.Chance(0.3f) ? _random.Between(20, 38) : null,
            HalfSideStreet = _random.Between(2.6f, 3.6f),
        };
    }

    private SceneCamera PlanCamera()
    {
        bool raised = _random.Chance(0.3f);
        float height = raised ? _random.Between(2.6f, 4f) : _random.Between(1.5f, 2.5f);
        float x = _random.Between(-1.05f, 1.05f) * Ground.HalfRoad;
        float yaw = (-x / Ground.HalfRoad * _random.Between(0, 0.12f)) + _random.Between(-0.07f, 0.07f); // tends to look back to the middle
        float pitch = (raised ? 0.1f : 0.035f) + _random.Between(0, 0.08f);
        return new SceneCamera(x, height, yaw, pitch, _random.Between(0.88f, 1.12f)); // 50...64 degrees
    }

    private List<Car> PlanCars()
    {
        int count = _random.Weighted(0.14f, 0.3f, 0.3f, 0.16f, 0.1f);
        var cars = new List<Car>();
        bool near = _random.Chance(0.75f);
        for (int attempt = 0; cars.Count < count && attempt < Attempts; attempt++)
        {
            bool hero = near && cars.Count == 0;
            var motion = (CarMotion)_random.Weighted(0.33f, 0.37f, hero ? 0.4f : 0.25f);
            float distance = hero ? _random.Between(6.2f, 11) : _random.Between(9, 32);
            float across = _random.Between(-0.8f, 0.8f);
            float half = Ground.HalfRoad,
                side = _random.Sign(),
                x,
                z,
                yaw;
            (x, z) = Spot(distance, across);
            yaw = (side > 0 ? 0 : Curves.Pi) + _random.Between(-0.05f, 0.05f);
            if (motion == CarMotion.Parked)
            {
                x = side * (half - 1.05f);
                yaw += _random.Chance(0.3f) ? Curves.Pi : 0;
            }
            else if (motion == CarMotion.Driving)
            {
                x = side * half * _random.Between(0.45f, 0.55f);
            }
            else
            {
                yaw = _random.Between(-Curves.Pi, Curves.Pi);
            }

            yaw = yaw > Curves.Pi ? yaw - (2 * Curves.Pi) : yaw;
            var car = new Car(x, z, yaw, (CarShape)_random.Weighted(0.34f, 0.3f, 0.22f, 0.14f), motion);
            (float screen, float depth) = Screen(x, z);
            bool onRoad = Math.Abs(x) < half - 0.6f;
            bool inView = Math.Abs(screen) < 0.85f && depth > 5.8f;
            float radius = motion == CarMotion.Turning ? 2.5f : 2.1f;
            if (onRoad && inView && IsFree(x, z, radius))
            {
                cars.Add(car);
                Take(x, z, radius, 1.3f);
            }
        }

        return cars;
    }

    private List<Person> PlanPeople()
    {
        int count = _random.Weighted(0.34f, 0.3f, 0.23f, 0.13f);
        var people = new List<Person>();
        for (int attempt = 0; people.Count < count && attempt < Attempts; attempt++)
        {
            // feet in the picture
            float nearest = Math.Max(3.9f, 0.95f * Camera.Height / Curves.Tan(Camera.Pitch + (Camera.VerticalFieldOfView / 2)));
            (float x, float z) = Spot(_random.Between(nearest, Math.Max(7.8f, nearest + 1.5f)), _random.Between(-0.88f, 0.88f));
            bool walksAcross = _random.Chance(0.5f);
            float height = _random.Between(1.62f, 1.92f),
                stride = _random.Unit(),
                turn = _random.Between(-0.3f, 0.3f);
            var ground = Ground.ClassAt(x, z);
            bool onRoad = ground is SceneClass.Road or SceneClass.Marking;
            // the road only when the pavement is out of view
            bool allowed = onRoad ? attempt > 30 || _random.Chance(0.2f) : Math.Abs(x) < Ground.Edge(x);
            if (allowed && IsFree(x, z, 0.5f) && IsOpen(x, z, 0.35f))
            {
                float yaw =
                    onRoad && walksAcross ? Curves.Pi / 2
                    : _random.Chance(0.5f) ? 0
                    : Curves.Pi - 0.3f;
                people.Add(new Person(x, z, yaw + turn, height, stride));
                Take(x, z, 0.5f, 0.35f);
            }
        }

        return people;
    }

    private List<LampPost> PlanLamps()
    {
        int count = _random.Weighted(0.25f, 0.32f, 0.25f, 0.18f);
        float height = _random.Between(4.3f, 5.6f),
            radius = _random.Between(0.1f, 0.14f),
            arm = _random.Between(0.9f, 1.6f);
        var lamps = new List<LampPost>();
        for (int attempt = 0; lamps.Count < count && attempt < Attempts; attempt++)
        {
            float side = _random.Sign(),
                x = side * (Ground.HalfRoad + 0.4f),
                z = _random.Between(4.5f, 15);
            (float screen, _) = Screen(x, z);
            bool junction = Ground.ClassAt(x, z) is SceneClass.Road or SceneClass.Marking;
            if (
                !junction
                && Math.Abs(screen) < 0.92f
                && IsFree(x, z, 0.4f)
                && IsOpen(x, z, 0.2f)
                && lamps.All(l => Math.Abs(l.Z - z) > 2.5f)
            )
            {
                lamps.Add(new LampPost(x, z, height, radius, -side * arm));
                Take(x, z, 0.4f, 0.2f);
            }
        }

        return lamps;
    }

    private List<Tree> PlanTrees()
    {
        int count = _random.Weighted(0.2f, 0.25f, 0.26f, 0.17f, 0.12f);
        var shape = (TreeShape)_random.Weighted(0.62f, 0.17f, 0.21f);
        var trees = new List<Tree>();
        for (int attempt = 0; trees.Count < count && attempt < Attempts; attempt++)
        {
            float side = _random.Sign(),
                z = _random.Between(7, 24);
            float reach = Ground.Edge(side) - Ground.HalfRoad;
            float x = side * (Ground.HalfRoad + 0.5f + ((reach + 0.6f) * _random.Unit()));
            float radius = shape switch
            {
                TreeShape.Round => _random.Between(1.4f, 2.3f),
                TreeShape.Slim => _random.Between(0.8f, 1.1f),
                _ => _random.Between(1.2f, 1.7f),
            };
            float trunk = shape == TreeShape.Round ? _random.Between(1.7f, 2.5f) : _random.Between(0.5f, 1.2f);
            (float screen, _) = Screen(x, z);
            bool paved = Ground.ClassAt(x, z) is SceneClass.Road or SceneClass.Marking;
            if (!paved && Math.Abs(screen) < 1 && IsFree(x, z, 1.1f) && IsOpen(x, z, 0.25f))
            {
                trees.Add(new Tree(x, z, trunk, radius, shape, _random.Unit()));
                Take(x, z, 1.1f, 0.3f);
            }
        }

        return trees;
    }

    /// <summary>Ground point at a distance ahead and a place across the square picture, -1...1.</summary>
    private (float X, float Z) Spot(float distance, float across)
    {
        float sideways = across * distance * Curves.Tan(Camera.VerticalFieldOfView / 2);
        float sin = Curves.Sin(Camera.Yaw),
            cos = Curves.Cos(Camera.Yaw);
        return (Camera.X + (distance * sin) + (sideways * cos), (distance * cos) - (sideways * sin));
    }

    /// <summary>The inverse of <see cref="Spot"/>.</summary>
    private (float Across, float Distance) Screen(float x, float z)
    {
        float sin = Curves.Sin(Camera.Yaw),
            cos = Curves.Cos(Camera.Yaw),
            dx = x - Camera.X;
        float distance = (dx * sin) + (z * cos),
            sideways = (dx * cos) - (z * sin);
        return (sideways / (Math.Max(distance, 0.1f) * Curves.Tan(Camera.VerticalFieldOfView / 2)), distance);
    }

    private bool IsFree(float x, float z, float radius) =>
        _taken.TrueForAll(o => ((o.X - x) * (o.X - x)) + ((o.Z - z) * (o.Z - z)) > (o.Radius + radius) * (o.Radius + radius));

    /// <summary>Whether nothing nearer covers the place and nothing farther, already placed, gets covered.</summary>
    private bool IsOpen(float x, float z, float halfWidth)
    {
        (float across, float distance) = Screen(x, z);
        float half = halfWidth / (distance * Curves.Tan(Camera.VerticalFieldOfView / 2));
        return _screens.TrueForAll(s => across + half < s.Left || across - half > s.Right);
    }

    private void Take(float x, float z, float radius, float halfWidth)
    {
        _taken.Add((x, z, radius));
        (float across, float distance) = Screen(x, z);
        if (distance < 16)
        {
            float half = halfWidth / (distance * Curves.Tan(Camera.VerticalFieldOfView / 2));
            _screens.Add((across - half, across + half, distance));
        }
    }
}
