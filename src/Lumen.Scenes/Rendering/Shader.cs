using Lumen.Scenes.Geometry;
using Lumen.Scenes.Numerics;
using Lumen.Scenes.Rendering.Materials;

namespace Lumen.Scenes.Rendering;

/// <summary>Light that comes along a ray: material, sun with shadow, sky light, lamps, reflections, air.</summary>
internal sealed class Shader(SceneLayout layout, SceneAppearance appearance, LightRig rig, Solids solids, Viewpoint view)
{
    private readonly LightRig _rig = rig;
    private readonly PointLight[] _lights = PointLight.Of(layout, rig);
    private readonly ShadowGrid? _shadows = rig.Shadows ? new ShadowGrid(solids, rig.SunDirection) : null;
    private readonly ContactShadows _contact = new(solids);

    public LightRig Rig => _rig;

    public PointLight[] Lights => _lights;

    /// <summary>Colour of a hit in linear light, a key that differs where borders must be anti-aliased, and the geometric normal.</summary>
    public Vec3 Shade(in Hit hit, Vec3 ray, out int key, out Vec3 normal)
    {
        float length = ray.Length;
        var look = ray * (1 / length);
        if (hit.Kind == SceneClass.Sky)
        {
            (key, normal) = (0, Vec3.Up);
            return Sky.Full(_rig, appearance, look);
        }

        var spot = Locate(in hit, view.Position, ray, look, hit.Depth * view.PixelSize);
        normal = spot.Normal;
        var surface = Describe(in hit, in spot);
        var colour = Light(in surface, in spot, out bool shaded);
        if (surface.Mirror > 0)
        {
            colour += Mirrored(in surface, in spot, hit.Primitive < 0 && _rig.Wet > 0);
        }

        key = ((hit.Primitive + 2) << 8) | (surface.Detail << 1) | (shaded ? 1 : 0);
        return Air(colour + surface.Glow, hit.Depth * length);
    }

    private Spot Locate(in Hit hit, Vec3 origin, Vec3 ray, Vec3 look, float pixel)
    {
        var point = origin + (ray * hit.Depth);
        if (hit.Primitive < 0)
        {
            return new Spot
            {
                Point = point,
                Local = point,
                Normal = Vec3.Up,
                LocalNormal = Vec3.Up,
                Look = look,
                Pixel = pixel,
            };
        }

        ref readonly var p = ref solids.Primitives[hit.Primitive];
        var local = p.ToLocal(point - p.Anchor);
        var normal = solids.Normal(in p, local, hit.Face);
        return new Spot
        {
            Point = point,
            Local = local,
            Normal = p.ToWorld(normal),
            LocalNormal = normal,
            Look = look,
            Pixel = pixel,
        };
    }

    private Surface Describe(in Hit hit, in Spot spot)
    {
        if (hit.Primitive < 0)
        {
            var ground = GroundMaterial.At(layout.Ground, appearance, _rig, hit.Kind, in spot);
            ground.Open = _contact.Open(spot.Point);
            return ground;
        }

        ref readonly var p = ref solids.Primitives[hit.Primitive];
        int slot = solids.Things[p.Thing].Slot;
        return hit.Kind switch
        {
            SceneClass.Building => BuildingMaterial.At(layout.Buildings[slot], slot, p.Part, appearance, _rig, in spot),
            SceneClass.Car => CarMaterial.At(layout.Cars[slot], p.Part, appearance.CarPaints[slot], _rig, in spot),
            SceneClass.Tree => PlantMaterial.At(layout.Trees[slot], slot, p.Part, appearance, _rig, in spot),
            SceneClass.Person => FigureMaterial.Person(layout.People[slot], slot, p.Part, appearance.TextureSeed, in spot),
            _ => FigureMaterial.Lamp(p.Part, _rig, in spot),
        };
    }

    private Vec3 Light(in Surface surface, in Spot spot, out bool shaded)
    {
        var normal = surface.Normal;
        var light = Vec3.Mix(_rig.AmbientDown, _rig.AmbientUp, 0.5f + (0.5f * normal.Y)) * surface.Open;
        light *= 1 + (0.10f * normal.X); // the two sides of the street never look alike
        float facing = Vec3.Dot(normal, _rig.SunDirection);
        shaded = false;
        if (facing > 0)
        {
            shaded = _shadows is not null && _shadows.IsShaded(spot.Point + (spot.Normal * 0.02f));
            light += shaded ? default : _rig.Sun * facing;
        }

        foreach (ref readonly var lamp in _lights.AsSpan())
        {
            light += lamp.At(spot.Point, normal);
        }

        return surface.Albedo * light;
    }

    /// <summary>The mirrored share: the sky, and on wet ground the things that stand there.</summary>
    private Vec3 Mirrored(in Surface surface, in Spot spot, bool traced)
    {
        var n = surface.Normal;
        float facing = -Vec3.Dot(spot.Look, n),
            graze = 1 - Curves.Clamp01(facing);
        float share =
            surface.Mirror
            + ((1 - surface.Mirror) * graze * graze * graze * graze * (traced ? 0.55f : 0.5f) * (surface.Mirror > 0.03f ? 1 : 0));
        var away = spot.Look + (n * (2 * facing));
        if (!traced)
        {
            var sky = Sky.Plain(_rig, away.Y < 0.02f ? new Vec3(away.X, 0.02f, away.Z) : away);
            return sky * (share * (away.Y < 0 ? 0.45f : 0.85f));
        }

        int primitive = solids.Nearest(spot.Point + new Vec3(0, 0.01f, 0), away, out float t, out int face);
        if (primitive < 0)
        {
            return Sky.Plain(_rig, away) * (share * 0.8f);
        }

        var hit = new Hit
        {
            Kind = solids.Things[solids.Primitives[primitive].Thing].Class,
            Primitive = primitive,
            Face = face,
            Depth = t,
        };
        var there = Locate(in hit, spot.Point, away, away, spot.Pixel * 2);
        var seen = Describe(in hit, in there);
        var sharp = Light(in seen, in there, out _) + (seen.Glow * 0.7f);
        float blurred = Curves.Clamp01(t / (t + 7)); // a rough film of water: far things melt into the sky's light
        return Vec3.Mix(sharp, Vec3.Mix(_rig.Horizon, _rig.Zenith, 0.4f) * 0.7f, blurred) * share;
    }

    private Vec3 Air(Vec3 colour, float distance) => Vec3.Mix(_rig.Air, colour, Curves.Decay(distance * _rig.Haze));
}

/// <summary>What materials may know about a point besides its primitive.</summary>
internal readonly struct Spot
{
    /// <summary>World point.</summary>
    public required Vec3 Point { get; init; }

    /// <summary>Point in the frame of the primitive.</summary>
    public required Vec3 Local { get; init; }

    /// <summary>Geometric unit normals.</summary>
    public required Vec3 Normal { get; init; }

    public required Vec3 LocalNormal { get; init; }

    /// <summary>Unit direction from the camera to the point.</summary>
    public required Vec3 Look { get; init; }

    /// <summary>Metres a pixel covers here, measured across the line of sight.</summary>
    public required float Pixel { get; init; }
}

/// <summary>What light meets at a point.</summary>
internal struct Surface
{
    public Vec3 Albedo;

    /// <summary>Own light.</summary>
    public Vec3 Glow;

    /// <summary>Unit normal for shading, world axes; may be bumped.</summary>
    public Vec3 Normal;

    /// <summary>Share of reflected light, 0...1, before the rise at grazing angles.</summary>
    public float Mirror;

    /// <summary>Share of ambient light that arrives, 0...1.</summary>
    public float Open;

    /// <summary>Distinguishes details of one primitive so that their borders are anti-aliased; below 64.</summary>
    public int Detail;
}
