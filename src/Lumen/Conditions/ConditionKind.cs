namespace Lumen.Conditions;

/// <summary>What leads an adapter. In files the names are written in snake case: <c>label_map</c>, <c>soft_edge</c>.</summary>
public enum ConditionKind
{
    /// <summary>The neural layout: no labels, no estimator.</summary>
    Layout,

    /// <summary>Semantic classes, one channel each.</summary>
    LabelMap,

    /// <summary>Thin edges, yes or no (Canny 1986).</summary>
    Canny,

    /// <summary>Edges with a strength.</summary>
    SoftEdge,

    /// <summary>Relative inverse depth.</summary>
    Depth,

    /// <summary>Surface normals.</summary>
    Normal,
}
