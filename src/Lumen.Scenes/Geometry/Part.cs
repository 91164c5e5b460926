namespace Lumen.Scenes.Geometry;

/// <summary>What a primitive is of its object; chooses the material.</summary>
internal enum Part : byte
{
    Wall,
    Gable,
    Cornice,
    Chimney,
    Body,
    Cabin,
    Wheel,
    Trunk,
    Crown,
    Leg,
    Torso,
    Arm,
    Head,
    Post,
    Lamp,
}
