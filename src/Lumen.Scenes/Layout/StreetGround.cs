namespace Lumen.Scenes;

/// <summary>What lies on the ground plane. Lengths in metres.</summary>
public sealed record StreetGround
{
    /// <summary>Half the width of the road.</summary>
    public required float HalfRoad { get; init; }

    /// <summary>Width of the left pavement.</summary>
    public required float LeftPavement { get; init; }

    /// <summary>Width of the right pavement.</summary>
    public required float RightPavement { get; init; }

    /// <summary>Width of the left grass verge, 0 for none.</summary>
    public required float LeftVerge { get; init; }

    /// <summary>Width of the right grass verge, 0 for none.</summary>
    public required float RightVerge { get; init; }

    /// <summary>True when the verges lie between road and pavement, false when beyond the pavement.</summary>
    public required bool VergeBesideRoad { get; init; }

    /// <summary>Marking in the middle of the road.</summary>
    public required CentreLine CentreLine { get; init; }

    /// <summary>Whether solid lines run along both edges of the road.</summary>
    public required bool EdgeLines { get; init; }

    /// <summary>Distance of a zebra crossing 3 m deep, or null.</summary>
    public required float? Crossing { get; init; }

    /// <summary>Distance of the middle of a side street, or null.</summary>
    public required float? SideStreet { get; init; }

    /// <summary>Half the width of the side street.</summary>
    public required float HalfSideStreet { get; init; }

    /// <summary>Distance from the middle of the road to the far edge of verge and pavement on one side.</summary>
    /// <param name="side">Negative for left, positive for right.</param>
    public float Edge(float side) => HalfRoad + (side < 0 ? LeftPavement + LeftVerge : RightPavement + RightVerge);

    /// <summary>Class of a point on the ground: road, marking, pavement or grass.</summary>
    /// <param name="x">World X in metres.</param>
    /// <param name="z">World Z in metres.</param>
    public SceneClass ClassAt(float x, float z)
    {
        float away = x < 0 ? -x : x;
        float fromSideStreet = SideStreet is { } s ? (z < s ? s - z : z - s) : float.MaxValue;
        if (away < HalfRoad)
        {
            return IsMarked(x, away, z, fromSideStreet) ? SceneClass.Marking : SceneClass.Road;
        }

        if (fromSideStreet < HalfSideStreet)
        {
            return SceneClass.Road;
        }

        if (fromSideStreet < HalfSideStreet + 2f) // the pavement turns the corner, 2 m wide
        {
            return SceneClass.Pavement;
        }

        float pavement = x < 0 ? LeftPavement : RightPavement,
            verge = x < 0 ? LeftVerge : RightVerge;
        float beyond = away - HalfRoad - (VergeBesideRoad ? verge : 0);
        return beyond >= 0 && beyond < pavement ? SceneClass.Pavement : SceneClass.Grass;
    }

    private bool IsMarked(float x, float away, float z, float fromSideStreet)
    {
        if (Crossing is { } c && z >= c - 0.9f && z < c + 3.9f)
        {
            // bars 0.55 m wide
            return z >= c && z < c + 3 && away < HalfRoad - 0.35f && Numerics.Curves.Fraction((x / 1.1f) + 0.25f) < 0.5f;
        }

        if (fromSideStreet < HalfSideStreet)
        {
            return false; // no lines across the junction
        }

        if (EdgeLines && away > HalfRoad - 0.5f && away < HalfRoad - 0.28f)
        {
            return true;
        }

        return CentreLine switch
        {
            CentreLine.Dashed => away < 0.14f && Numerics.Curves.Fraction(z / 6) < 0.5f,
            CentreLine.Solid => away < 0.13f,
            CentreLine.Double => away > 0.09f && away < 0.27f,
            _ => false,
        };
    }
}
