using Mono.Cecil;
using Mono.Cecil.Cil;

namespace Lumen.HeldNumbers;

/// <summary>
/// Puts calls of <c>Lumen.Core.Tensors.HeldNumbers</c> in place of TorchSharp's arithmetic, in an assembly that was just compiled
/// (docs/decisions/0012-numbers-are-held.md).
/// </summary>
internal static class CallRewriter
{
    private const string Space = "Lumen.Core.Tensors";
    private const string Holder = "HeldNumbers";

    /// <summary>Rewrites a file and its symbols, or leaves them as they are where there is nothing to do.</summary>
    /// <param name="assembly">The file.</param>
    /// <param name="references">Files that it was compiled with, Lumen.Core among them unless it is Lumen.Core itself.</param>
    public static void Rewrite(string assembly, IReadOnlyList<string> references)
    {
        using var resolver = new DefaultAssemblyResolver();
        foreach (var folder in references.Select(Path.GetDirectoryName).Distinct())
            resolver.AddSearchDirectory(folder);
        var symbols = File.Exists(Path.ChangeExtension(assembly, ".pdb"));
        using var module = ModuleDefinition.ReadModule(
            assembly,
            new ReaderParameters
            {
                InMemory = true,
                ReadSymbols = symbols,
                AssemblyResolver = resolver,
            }
        );
        var core = references.FirstOrDefault(file => Path.GetFileName(file) == "Lumen.Core.dll");
        if (core is null && module.GetType(Space, Holder) is null)
            return; // it knows no tensors
        using var own = core is null ? null : ModuleDefinition.ReadModule(core);
        var replacements = Replacements(own ?? module);
        var calls =
            from type in All(module.Types)
            where !type.FullName.StartsWith($"{Space}.{Holder}", StringComparison.Ordinal) // nor what lies within it
            from method in type.Methods
            where method.HasBody
            from instruction in method.Body.Instructions
            where instruction.Operand is MethodReference called && IsTorchSharps(called) && replacements.ContainsKey(Signature(called))
            select instruction;
        if (calls.ToList() is not { Count: > 0 } found)
            return;
        foreach (var call in found)
        {
            var called = (MethodReference)call.Operand;
            call.OpCode = OpCodes.Call;
            call.Operand = own is null ? replacements[Signature(called)] : Imported(module, own.Assembly.Name, called);
        }
        // Under another name first: outputs are hard links of this file, and programs may have them open.
        var written = Path.Combine(Directory.CreateDirectory($"{assembly}.held").FullName, Path.GetFileName(assembly));
        module.Write(written, new WriterParameters { WriteSymbols = symbols });
        File.Move(written, assembly, overwrite: true);
        if (symbols)
            File.Move(Path.ChangeExtension(written, ".pdb"), Path.ChangeExtension(assembly, ".pdb"), overwrite: true);
        Directory.Delete($"{assembly}.held");
    }

    private static Dictionary<string, MethodDefinition> Replacements(ModuleDefinition core) =>
        core.GetType(Space, Holder).Methods.Where(method => method.IsPublic).ToDictionary(Signature);

    // What it gives, its name and parameters, of which `this` is the first.
    private static string Signature(MethodReference method)
    {
        var parameters = method.Parameters.Select(parameter => parameter.ParameterType.FullName);
        if (method.HasThis)
            parameters = parameters.Prepend(method.DeclaringType.FullName);
        return $"{method.ReturnType.FullName} {NameFor(method)}({string.Join(", ", parameters)})";
    }

    // op_Multiply and Multiply, square and Square, add_ and AddInPlace.
    private static string NameFor(MethodReference method)
    {
        var name = method.Name.StartsWith("op_", StringComparison.Ordinal) ? method.Name[3..] : method.Name;
        name = name.EndsWith('_') ? $"{name[..^1]}InPlace" : name;
        return $"{char.ToUpperInvariant(name[0])}{name[1..]}";
    }

    private static bool IsTorchSharps(MethodReference method) =>
        method.DeclaringType.FullName.StartsWith("TorchSharp.", StringComparison.Ordinal);

    private static MethodReference Imported(ModuleDefinition module, AssemblyNameDefinition core, MethodReference called)
    {
        var scope = module.AssemblyReferences.FirstOrDefault(reference => reference.Name == core.Name);
        if (scope is null)
            module.AssemblyReferences.Add(scope = new AssemblyNameReference(core.Name, core.Version));
        var method = new MethodReference(NameFor(called), called.ReturnType, new TypeReference(Space, Holder, module, scope));
        if (called.HasThis)
            method.Parameters.Add(new ParameterDefinition(called.DeclaringType));
        foreach (var parameter in called.Parameters)
            method.Parameters.Add(new ParameterDefinition(parameter.ParameterType));
        return method;
    }

    private static IEnumerable<TypeDefinition> All(IEnumerable<TypeDefinition> types) =>
        types.SelectMany(type => All(type.NestedTypes).Prepend(type));
}
