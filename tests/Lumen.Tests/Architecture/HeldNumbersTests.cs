using Mono.Cecil;
using Xunit;

namespace Lumen.Tests.Architecture;

/// <summary>No assembly calls what makes a native number that nothing holds while libtorch reads it (docs/decisions/0012).</summary>
public sealed class HeldNumbersTests
{
    private const string Holder = "Lumen.Core.Tensors.HeldNumbers";
    private const string Conversion = "TorchSharp.Scalar TorchSharp.Scalar::op_Implicit";
    private const string Maker = "TorchSharp.Scalar TorchSharp.ScalarExtensionMethods::ToScalar";

    [Fact]
    public void No_call_is_left_that_makes_a_number_and_does_not_hold_it()
    {
        var loose = LooseInTorchSharp();
        Assert.Contains(loose, name => name.Contains("Tensor::op_Addition(TorchSharp.torch/Tensor,TorchSharp.torch/Tensor)"));
        var files = Directory.GetFiles(AppContext.BaseDirectory, "Lumen*.dll");
        Assert.Contains(files, file => Path.GetFileName(file) == "Lumen.Tests.dll");
        Faults.None(
            from file in files
            from method in Methods(file)
            where !method.DeclaringType.FullName.StartsWith(Holder, StringComparison.Ordinal)
            from called in Called(method)
            where
                loose.Contains(called)
                || called.Contains("TorchSharp.torch/optim", StringComparison.Ordinal) // its optimisers make such numbers at every step
                || IsMade(called) && !Disposes(method) && !method.IsConstructor
            select $"{Path.GetFileName(file)}: {method.FullName} calls {called}"
        );
    }

    // Methods of TorchSharp that make a number and do not dispose of it, and those that call them.
    private static HashSet<string> LooseInTorchSharp()
    {
        var methods = Methods(Path.Combine(AppContext.BaseDirectory, "TorchSharp.dll"))
            .Where(method => method.DeclaringType.FullName is "TorchSharp.torch" or "TorchSharp.torch/Tensor")
            .Where(method => !Disposes(method))
            .ToDictionary(method => method.FullName, method => Called(method).ToList());
        var loose = new HashSet<string>(methods.Where(method => method.Value.Any(IsMade)).Select(method => method.Key));
        int before;
        do
        {
            before = loose.Count;
            loose.UnionWith(methods.Where(method => method.Value.Any(loose.Contains)).Select(method => method.Key));
        } while (loose.Count > before);
        return loose;
    }

    private static bool IsMade(string called) =>
        called.StartsWith(Conversion, StringComparison.Ordinal) || called.StartsWith(Maker, StringComparison.Ordinal);

    private static bool Disposes(MethodDefinition method) =>
        Called(method).Any(called => called is "System.Void TorchSharp.Scalar::Dispose()" or "System.Void System.IDisposable::Dispose()");

    private static IEnumerable<string> Called(MethodDefinition method) =>
        method
            .Body.Instructions.Select(instruction => instruction.Operand)
            .OfType<MethodReference>()
            .Select(called => called.GetElementMethod().FullName);

    private static IEnumerable<MethodDefinition> Methods(string file)
    {
        using var module = ModuleDefinition.ReadModule(file);
        foreach (var method in All(module.Types).SelectMany(type => type.Methods).Where(method => method.HasBody))
            yield return method;
    }

    private static IEnumerable<TypeDefinition> All(IEnumerable<TypeDefinition> types) =>
        types.SelectMany(type => All(type.NestedTypes).Prepend(type));
}
